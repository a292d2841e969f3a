// The time line: lanes of channels with what was expected of them, the score with the threshold's line, events above.
// What is in view comes from the server a stretch at a time; what was loaded is panned and zoomed without asking.
const SETTLE_MS = 50, TELL_MS = 800, OVERVIEW = 1200

class LanesPart extends LanesHands {
  constructor(root) {
    super()
    this.root = root
    this.scales = new Map()
    this.listen()
  }

  part(name) {
    return this.root.querySelector(`[data-part=${name}]`)
  }

  // A report, which has no server, brings the source of its stretches along.
  take(data, send) {
    const source = data.source ?? new Stretches(data.address)
    const other = this.data?.token !== data.token, before = this.data?.event
    Object.assign(this, { data, send })
    this.look = lookOf(this.root, data.colours)
    this.say = sayer(data.nouns)
    for (const [name, value] of Object.entries(data.colours)) this.root.style.setProperty(`--${name}`, value)
    sayMarkup(this.root, this.say)
    put(this.part("title").firstChild, data.title)
    linkHelp(this.root, data.help)
    // A report has nobody to tell: there one looks, and neither selects nor judges.
    if (!data.tells) put(this.part("keys"), "Drag to move, wheel with Ctrl or pinch to zoom, drag the line to move the threshold. Keys: ← → + − 0, N and P for events.")
    this.drawHead()
    if (other) {
      const moved = this.source && this.extent?.join() !== data.extent.join()
      Object.assign(this, { source, overviews: Object.assign(Object.create(source), { asked: null }), chunk: null, whole: null, extent: data.extent })
      if (!this.view || moved) this.view = data.view ?? data.extent
      this.scales.clear()
      this.load()
    }
    this.event = data.event
    const open = data.events.find(({ number }) => number === data.event)
    if (open && data.event !== before && before !== undefined) this.goTo(open)
    this.frame()
  }

  get channels() {
    return this.all ? this.data.channels : this.data.channels.slice(0, SHOWN)
  }

  get ids() {
    return this.channels.map(({ id }) => id)
  }

  // Everything there is, once, for the overview and wherever nothing finer was loaded.
  async load() {
    const token = this.data.token
    try {
      const whole = await this.overviews.get(...this.data.extent, OVERVIEW, this.ids)
      if (token !== this.data.token) return
      this.whole = whole
    } catch (problem) {
      if (problem.name !== "AbortError") this.fail(problem)
      return
    }
    this.root.dataset.ready = "true"
    this.settle()
  }

  fail(problem) {
    put(this.part("subtitle"), `The time line could not be read: ${problem.message || "the server did not answer"}. Open the page again.`)
  }

  showAll(all) {
    this.all = all
    this.chunk = null
    this.drawHead()
    this.load()
  }

  // Another place of the threshold's line.
  follow(now) {
    this.now = now
    if (this.data && now.key === this.data.key) this.frame()
  }

  get threshold() {
    return this.now?.key === this.data.key ? this.now.threshold : this.data.threshold
  }

  settleSoon() {
    clearTimeout(this.settling)
    this.settling = setTimeout(() => this.settle(), SETTLE_MS)
    clearTimeout(this.telling)
    if (this.data.tells) this.telling = setTimeout(() => this.tell(), TELL_MS)
  }

  tell() {
    const whole = this.view.every((end, i) => end === this.data.extent[i])
    this.send("changed", { view: whole ? null : this.view })
  }

  // Once hands rest: heights for what is in view, and what is not loaded as finely as it can be drawn is asked for.
  async settle() {
    if (!this.whole || !this.scene) return this.frame()
    this.scales.clear()
    this.frame()
    this.writeSubtitle()
    const [a, b] = this.view, size = b - a, [low, high] = this.data.extent, pixels = this.scene.right - this.scene.left
    const near = [Math.max(low, a - 0.3 * size), Math.min(high, b + 0.3 * size)]
    if ([this.chunk, this.whole].some((one) => one?.shows(...near, (pixels * (near[1] - near[0])) / size))) return
    const [start, end] = [Math.max(low, a - size), Math.min(high, b + size)]
    try {
      const chunk = await this.source.get(start, end, (pixels * (end - start)) / size, this.ids)
      this.chunk = chunk
    } catch (problem) {
      if (problem.name !== "AbortError") this.fail(problem)
      return
    }
    if (!this.held) this.scales.clear()
    this.frame()
    this.writeSubtitle()
  }

  get stretch() {
    const [a, b] = this.view, { chunk, whole } = this
    if (chunk && chunk.start <= a && chunk.end >= b && (!whole || chunk.full || chunk.width < whole.width)) return chunk
    return whole
  }

  // One frame at most is drawn for any number of moves.
  frame() {
    this.asked ??= requestAnimationFrame(() => {
      this.asked = null
      this.redraw()
    })
  }

  redraw() {
    const width = this.root.clientWidth
    if (!this.data || !width || !this.view) return
    const { data } = this, marks = ["events", ...(data.labels.length ? ["labels"] : []), ...(data.verdicts.length ? ["verdicts"] : [])]
    this.scene = new LanesView(width, { channels: this.channels, marks, view: this.view, kind: data.kind })
    const stage = this.part("stage"), { height } = this.scene
    if (this.tall !== height) stage.style.height = `${(this.tall = height)}px`
    if (!this.whole) return
    this.draw(new CanvasPen(sharp(this.part("plot"), width, height), this.look.font))
    this.part("level").style.transform = `translateY(${this.level}px)`
    this.drawOverview()
    if (!this.held?.mark && !this.marked) this.drawOver(null)
  }

  scale(name, names) {
    if (!this.scales.has(name)) this.scales.set(name, this.stretch.range(names, this.stretch.between(...this.view)) ?? this.scales.get(`${name}:before`) ?? null)
    return this.scales.get(name)
  }

  draw(pen) {
    const { scene: view, look, data, stretch } = this, places = stretch.between(...this.view), score = stretch.high("score")
    const flagged = (i) => score[i] > this.threshold, stale = this.threshold !== data.threshold
    view.frame(pen, look, data.kind === "time" ? data.zone : "")
    for (const [name, ranges] of [["labels", data.labels], ["verdicts", data.verdicts]]) {
      if (!view.rows.has(name)) continue
      for (const [from, to, verdict] of ranges) view.range(pen, name, from, to, name === "labels" ? look.threshold : verdict === "anomaly" ? look.anomaly : verdict === "normal" ? look.normal : look.unknown)
    }
    pen.inside(view.left, 0, view.right - view.left, view.bottom, () => {
      for (const event of data.events) {
        const open = event.number === this.event
        view.range(pen, "events", event.start, event.end, look.anomaly, stale ? 0.35 : open ? 1 : 0.75)
        view.shade(pen, event.start, event.end, look.anomaly, open ? 0.16 : stale ? 0.03 : 0.07)
      }
      if (data.time) view.shade(pen, ...data.time, look.accent, 0.12)
    })
    for (const [name, [top]] of view.rows) pen.text(name, view.left - 7, top + 4, { fill: look.muted, align: "right", baseline: "middle", size: 10.5 })
    for (const lane of view.lanes) {
      const { id, name, spread } = lane.channel, [actual, expected] = [`actual:${id}`, `expected:${id}`]
      const y = view.axis(lane, this.scale(actual, [actual, expected]))
      view.lane(pen, look, lane, y, name)
      pen.inside(view.left, lane.top, view.right - view.left, lane.bottom - lane.top + 1, () => {
        if (stretch.has(expected)) view.expected(pen, look, stretch, places, expected, spread, y, data.step)
        view.actual(pen, look.text, stretch, places, actual, y, data.step)
        view.actual(pen, look.anomaly, stretch, places, actual, y, data.step, flagged)
      })
      pen.text(name, view.left + 5, lane.top + 12, { fill: look.text, size: 12, weight: 600, halo: look.background })
    }
    this.drawScore(pen, stretch, places)
  }

  drawScore(pen, stretch, places) {
    const { scene: view, look, data } = this, range = stretch.heights("score", places) ?? [0, 1]
    const [low, high] = [Math.min(range[0], this.threshold), Math.max(range[1], this.threshold)]
    const log = this.now?.key === data.key && this.now.logScores && low > 0
    const y = (this.scoreAxis = view.axis(view.score, [low, high], log))
    view.lane(pen, look, view.score, y, "score")
    pen.inside(view.left, 0, view.right - view.left, view.height, () => view.drawScore(pen, look, stretch, places, y, this.threshold, data.step))
    pen.text("score", view.left + 5, view.score.top + 12, { fill: look.text, size: 12, weight: 600, halo: look.background })
    this.level = Math.min(Math.max(y.place(this.threshold), view.score.top), view.score.bottom)
  }

  // Everything in one strip: the highest score of each column, and the brush.
  drawOverview() {
    const strip = this.part("overview"), [width, height] = [strip.clientWidth, strip.clientHeight], { whole, look, data } = this
    const [low, high] = data.extent, at = (time) => ((time - low) / (high - low || 1)) * width
    const brush = this.part("brush").style
    brush.left = `${at(this.view[0])}px`
    brush.width = `${at(this.view[1]) - at(this.view[0])}px`
    const drawn = [width, this.threshold, data.token, data.events.length, look.text].join()
    if (this.drawnOverview === drawn && this.drawnWhole === whole) return
    Object.assign(this, { drawnOverview: drawn, drawnWhole: whole })
    const pen = new CanvasPen(sharp(this.part("whole"), width, height), look.font), score = whole.high("score")
    const range = whole.heights("score", [0, whole.n]) ?? [0, 1], [least, most] = [range[0], range[1] === range[0] ? range[0] + 1 : range[1]]
    const log = this.now?.logScores && least > 0, y = new Axis(log ? "log" : "linear", least, most, height - 2, 10)
    for (const [from, to] of data.labels) pen.path([at(from), 0, Math.max(at(to), at(from) + 1), 0, Math.max(at(to), at(from) + 1), 4, at(from), 4], { fill: look.threshold })
    for (const over of [false, true]) {
      const colour = over ? look.anomaly : look.unknown
      for (let i = 0; i < whole.n; i++) {
        if (Number.isNaN(score[i]) || score[i] > this.threshold !== over) continue
        const a = at(whole.at(i)), top = Math.min(y.place(score[i]), height - 2), wide = Math.max(over ? 1.4 : 1, width / Math.max(1, whole.n))
        pen.path([a - wide / 2, height, a - wide / 2, top, a + wide / 2, top, a + wide / 2, height], { fill: colour, alpha: over ? 1 : 0.7 })
      }
    }
  }

  // What follows the pointer, over everything else: a line, or a stretch that is being marked.
  drawOver(place, ends = null) {
    if (!this.scene) return
    const { scene: view, look } = this, pen = new CanvasPen(sharp(this.part("over"), view.width, view.height), look.font)
    if (ends) {
      const [a, b] = ends.map((end) => view.x.place(end))
      pen.path([a, 0, b, 0, b, view.bottom, a, view.bottom], { fill: look.accent, alpha: 0.18 })
      pen.path([a, 0, a, view.bottom], { stroke: look.accent })
      pen.path([b, 0, b, view.bottom], { stroke: look.accent })
    }
    if (place !== null) pen.path([place, LANES.top, place, view.bottom], { stroke: look.text, alpha: 0.45, dash: [3, 3] })
  }

  hover(event) {
    const tip = this.part("tip"), stage = this.part("stage")
    tip.hidden = true
    if (!event || !this.scene || !this.whole || this.marked) return this.marked ? null : this.drawOver(null)
    const [a, b] = this.at(event), view = this.scene, onLine = live.move && Math.abs(b - this.level) <= GRIP
    stage.classList.toggle("gripped", Boolean(onLine))
    if (a < view.left || a > view.right || onLine) return this.drawOver(null)
    const { stretch } = this, i = stretch.nearest(view.x.value(a)), found = b < view.bottom ? this.eventAt(a, b) : null
    stage.classList.toggle("pointed", Boolean(found) || stretch.full)
    this.drawOver(view.x.place(stretch.at(i)))
    tip.hidden = false
    put(tip, this.tipWords(stretch, i, found))
    const right = a > view.width / 2
    Object.assign(tip.style, { top: `${Math.min(b + 14, view.height - 20 - tip.offsetHeight)}px`, left: right ? "" : `${a + 14}px`, right: right ? `${view.width - a + 14}px` : "" })
  }

  tipWords(stretch, i, event) {
    const both = (name) => {
      const [low, high] = [stretch.low(name)[i], stretch.high(name)[i]]
      return Number.isNaN(high) ? "missing" : low === high ? number(high, 4) : `${number(low, 4)} to ${number(high, 4)}`
    }
    const lines = [stretch.full ? this.when(stretch.at(i)) : `${this.when(stretch.at(i) - stretch.width / 2)} and ${lengthOf(this.data.kind, stretch.width)}`]
    for (const { id, name } of this.channels.slice(0, 6)) {
      const expected = stretch.has(`expected:${id}`) && !Number.isNaN(stretch.high(`expected:${id}`)[i]) ? `, expected ${both(`expected:${id}`)}` : ""
      lines.push(`${name}: ${both(`actual:${id}`)}${expected}`)
    }
    lines.push(`score: ${number(stretch.high("score")[i], 4)}${stretch.high("score")[i] > this.threshold ? ", flagged" : ""}`)
    if (event) lines.push(`Event ${event.number}. Click to open it.`)
    else if (stretch.full && this.data.tells) lines.push(this.say("Click to open this row."))
    return lines.join("\n")
  }

  when(time) {
    const { kind, step } = this.data
    return kind === "time" ? exactMoment(time, step) : kind === "order" ? this.say(`row ${count(time)}`) : number(time, 6)
  }

  writeSubtitle() {
    const { data, view, stretch } = this, [first, last] = stretch.between(...view)
    const within = data.events.filter(({ start, end }) => end >= view[0] && start <= view[1]).length
    const moments = stretch.full ? `, ${count(last - first)} moments` : ""
    const more = data.moreEvents ? ` of the ${count(data.events.length)} highest` : ""
    put(this.part("subtitle"), `${this.when(view[0])} to ${this.when(view[1])}${data.kind === "time" ? ` (${data.zone})` : ""}${moments}, ${count(within)}${more} ${within === 1 ? "event" : "events"}`)
    this.part("stage").setAttribute("aria-label", `${data.title}: ${this.part("subtitle").textContent}`)
  }

  drawHead() {
    const { data, look } = this, legend = this.part("legend"), series = this.part("series"), more = this.part("more")
    const entry = (colour, words) => {
      const swatch = made("i", {})
      swatch.style.background = colour
      return [swatch, words]
    }
    legend.replaceChildren(
      ...entry(look.text, "measured"), ...(data.expected ? entry(look.accent, "expected, 95 % within the band") : []), ...entry(look.anomaly, "flagged"),
      ...(data.labels.length ? entry(look.threshold, "labelled") : []),
    )
    series.hidden = data.series.length < 2
    series.replaceChildren(...data.series.map((name, i) => made("option", { value: i, textContent: name, selected: i === data.shown })))
    more.hidden = data.channels.length <= SHOWN
    put(more, this.all ? `${SHOWN} channels` : `All ${count(data.channels.length)} channels`)
  }

  save(format) {
    if (!this.whole) return
    download(format, {
      title: this.data.title, subtitle: this.part("subtitle").textContent, name: this.data.name, look: this.look, width: this.scene.width, height: this.scene.height,
      draw: (pen) => {
        this.draw(pen)
        pen.path([this.scene.left, this.level, this.scene.right, this.level], { stroke: this.look.threshold, width: 2 })
      },
    })
  }
}

// A moment in UTC to the second, and finer where steps are.
function exactMoment(seconds, step) {
  const text = new Date(Math.round(seconds * 1000)).toISOString().replace("T", " ").slice(0, step < 1 ? 23 : 19)
  return step >= 60 && text.endsWith(":00") ? text.slice(0, -3) : text
}

function lengthOf(kind, length) {
  if (kind !== "time") return `${number(length, 3)} on`
  const [size, name] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].find(([one]) => length >= one) ?? [0.001, "ms"]
  return `${number(length / size, 3)} ${name} on`
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".explorer")
  root.explorer ??= new LanesPart(root)
  root.explorer.take(data, setTriggerValue)
  return () => root.explorer.leave()
}
