// Scores over time: the highest of each interval, flagged above the line while it is moved anywhere on the page.
const MARGIN = { left: 62, right: 14, top: 10, bottom: 46 }
const CLICK_PIXELS = 4
const GRIP_PIXELS = 7

class Timeline {
  constructor(root) {
    this.root = root
    this.listen()
  }

  part(name) {
    return this.root.querySelector(`[data-part=${name}]`)
  }

  take(data, send) {
    Object.assign(this, { data, send, time: data.time })
    this.look = lookOf(this.root, data.colours)
    this.say = sayer(data.nouns)
    sayMarkup(this.root, this.say)
    for (const [name, value] of Object.entries(data.colours)) this.root.style.setProperty(`--${name}`, value)
    put(this.part("title").firstChild, data.title)
    linkHelp(this.root, data.help)
    this.redraw()
  }

  // Another place of the line: what is flagged is shifted by the compositor, unless other rows are shown.
  follow(now) {
    if (!this.data || now.key !== this.data.key) return
    const before = this.now
    const same = before && ["grid", "counted", "logScores"].every((name) => before[name] === now[name]) && before.parts.join() === now.parts.join()
    this.now = now
    if (same) this.drawLevel()
    else this.redraw()
  }

  // The selected rows' own highest scores; all rows' where nothing is selected that the server has counted.
  get tops() {
    return this.now.counted && live.selected?.tops ? live.selected.tops : this.all.top
  }

  redraw() {
    const stage = this.part("stage"), [width, height] = [stage.clientWidth, stage.clientHeight]
    const { times } = live
    if (!this.data || !this.now || !width || !times || times.key !== this.data.key || this.now.key !== this.data.key) return
    Object.assign(this, { width, height, times, all: times.of(this.now.parts) })
    this.x = this.timeAxis(width)
    this.y = this.scoreAxis(height)
    this.drawCalm(new CanvasPen(sharp(this.part("calm"), width, height), this.look.font))
    this.drawBars(new CanvasPen(sharp(this.part("flagged"), width, height), this.look.font), this.tops, this.look.anomaly, 1)
    this.placeBand("chosen", this.time)
    this.writeHead()
    this.drawLevel()
    this.root.dataset.ready = "true"
  }

  // From the first interval with rows to the last: those shown may be the newest alone.
  timeAxis(width) {
    const { rows } = this.all, first = Math.max(0, rows.findIndex((n) => n > 0)), last = rows.findLastIndex((n) => n > 0)
    const ends = [this.times.startOf(first), this.times.startOf(Math.max(first, last) + 1), MARGIN.left, width - MARGIN.right]
    return this.times.kind === "time" ? new TimeAxis(...ends) : new Axis("linear", ...ends)
  }

  // As the histogram's: a logarithmic axis there is one here.
  scoreAxis(height) {
    const known = [...this.all.top].filter((score) => !Number.isNaN(score)), { threshold } = this.now
    const positive = known.filter((score) => score > 0), log = this.now.logScores && positive.length > 1
    const within = log ? [...positive, ...(threshold > 0 ? [threshold] : [])] : [...known, threshold]
    const [least, most] = [within.reduce((a, b) => Math.min(a, b)), within.reduce((a, b) => Math.max(a, b))]
    const [from, to] = [height - MARGIN.bottom, MARGIN.top]
    if (log) return new Axis("log", least / (most / least) ** 0.06, most * (most / least) ** 0.05 * 1.01, from, to)
    const low = least > 0 && least < 0.5 * most ? 0 : least - 0.06 * (most - least || 1)
    return new Axis("linear", low, most + 0.06 * (most - low || 1), from, to)
  }

  drawCalm(pen) {
    const { x, y, look, all } = this, selected = this.tops !== all.top
    drawAxes(pen, x, y, { look, xTitle: this.data.column, yTitle: "Highest score" })
    this.drawBars(pen, all.top, look.unknown, selected ? 0.25 : 0.75)
    if (selected) this.drawBars(pen, this.tops, look.unknown, 1)
    for (const [from, to] of this.runs((i) => all.anomalies[i] > 0))
      pen.path([from, y.from, to, y.from, to, y.from - 4, from, y.from - 4], { fill: look.threshold })
  }

  drawBars(pen, tops, colour, alpha) {
    const { x, y, times } = this
    for (let i = 0; i < times.n; i++) {
      if (Number.isNaN(tops[i])) continue
      const a = x.place(times.startOf(i)), b = Math.max(a + 1, x.place(times.startOf(i + 1)) - 0.4)
      const top = Math.min(y.place(tops[i]), y.from - 1)
      pen.path([a, y.from, a, top, b, top, b, y.from], { fill: colour, alpha })
    }
  }

  // Where something holds for one interval after the other, in pixels.
  *runs(holds) {
    const { x, times } = this
    for (let i = 0; i < times.n; i++) {
      if (!holds(i)) continue
      const first = i
      while (i + 1 < times.n && holds(i + 1)) i++
      const from = x.place(times.startOf(first))
      yield [from, Math.max(from + 2, x.place(times.startOf(i + 1)))]
    }
  }

  // The part of the bars above the line shows through a window that ends at the line.
  drawLevel() {
    if (!this.y) return
    const place = Math.min(Math.max(this.y.place(this.now.threshold), this.y.to), this.y.from)
    this.level = place
    const window = this.root.querySelector(".above")
    window.style.transform = `translateY(${place - this.height}px)`
    window.firstElementChild.style.transform = `translateY(${this.height - place}px)`
    this.part("level").style.transform = `translateY(${place}px)`
    const { tops } = this
    let over = 0
    for (let i = 0; i < tops.length; i++) if (tops[i] > this.now.threshold) over++
    put(this.flagged, `Flagged in ${count(over)} of ${count(this.filled)} intervals`)
  }

  writeHead() {
    const { look, all } = this, legend = this.part("legend"), { kind, width } = this.times
    this.filled = this.tops.reduce((n, top) => n + !Number.isNaN(top), 0)
    this.flagged = made("span", {})
    const swatch = (colour) => {
      const made_ = made("i", {})
      made_.style.background = colour
      return made_
    }
    legend.replaceChildren(swatch(look.anomaly), this.flagged)
    if (all.anomalies.some((n) => n > 0)) legend.append(swatch(look.threshold), "Labelled anomalies")
    const length = kind === "time" ? lengthWords(width) : kind === "order" ? this.say(`${count(width)} rows`) : number(width, 4)
    this.subtitle = `the highest score in every ${length}${this.tops === all.top ? "" : this.say(", the selected rows over all others")}`
    put(this.part("subtitle"), this.subtitle)
    this.part("calm").setAttribute("aria-label", `${this.data.title}: ${this.subtitle}`)
  }

  placeBand(name, ends) {
    const band = this.part(name)
    band.hidden = !ends
    if (!ends) return
    const [a, b] = ends.map((end) => Math.min(Math.max(this.x.place(end), this.x.from), this.x.to))
    Object.assign(band.style, { left: `${a}px`, width: `${Math.max(1, b - a)}px` })
  }

  listen() {
    const stage = this.part("stage")
    stage.addEventListener("pointerdown", (event) => this.press(event))
    stage.addEventListener("pointermove", (event) => (this.drag ? this.pull(event) : this.hover(event)))
    stage.addEventListener("pointerup", (event) => this.release(event))
    stage.addEventListener("pointercancel", () => this.abandon())
    stage.addEventListener("pointerleave", () => (this.part("tip").hidden = true))
    for (const button of this.root.querySelectorAll("[data-save]"))
      button.addEventListener("click", () => this.save(button.dataset.save))
    this.listener = (now) => this.follow(now)
    live.listeners.add(this.listener)
    this.now = live.now
    this.arrives = () => this.redraw()
    for (const name of ["anomalens-times", "anomalens-selected"]) document.addEventListener(name, this.arrives)
    this.sizes = new ResizeObserver(() => this.redraw())
    this.sizes.observe(stage)
  }

  leave() {
    live.listeners.delete(this.listener)
    for (const name of ["anomalens-times", "anomalens-selected"]) document.removeEventListener(name, this.arrives)
    this.sizes.disconnect()
  }

  at(event) {
    const box = this.part("stage").getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }

  onLine([, b]) {
    return Math.abs(b - this.level) <= GRIP_PIXELS
  }

  press(event) {
    if (event.button !== 0 || !this.y) return
    const here = this.at(event)
    this.part("tip").hidden = true
    this.drag = { line: this.onLine(here), start: here }
    this.part("stage").setPointerCapture(event.pointerId)
    event.preventDefault()
  }

  pull(event) {
    const here = this.at(event), { line, start } = this.drag
    if (line) return live.move?.(this.y.value(Math.min(Math.max(here[1], this.y.to), this.y.from)))
    this.drag.ends = Math.abs(here[0] - start[0]) < CLICK_PIXELS ? null : this.between(start[0], here[0])
    this.placeBand("band", this.drag.ends)
  }

  // Whole intervals between two places.
  between(a, b) {
    const [from, to] = [a, b].map((place) => this.times.bin(this.x.value(place))).sort((one, other) => one - other)
    return [this.times.startOf(from), this.times.startOf(to + 1)]
  }

  release(event) {
    if (!this.drag) return
    const { line, ends, start } = this.drag, here = this.at(event)
    this.abandon()
    if (line) return live.commit?.()
    if (ends) {
      this.time = ends
      this.placeBand("chosen", ends)
      return this.send("changed", { time: ends })
    }
    const bin = this.binAt(start)
    if (bin !== null && Math.abs(here[0] - start[0]) < CLICK_PIXELS) this.send("changed", { open: bin })
  }

  abandon() {
    this.drag = null
    this.part("band").hidden = true
  }

  binAt([a]) {
    if (a < this.x.from || a > this.x.to) return null
    const bin = this.times.bin(this.x.value(a))
    return this.all.rows[bin] ? bin : null
  }

  hover(event) {
    const tip = this.part("tip"), stage = this.part("stage")
    tip.hidden = true
    if (!this.y) return
    const here = this.at(event), bin = this.binAt(here)
    stage.classList.toggle("gripped", this.onLine(here))
    if (bin === null || this.onLine(here)) return
    const { all, times } = this, top = all.top[bin]
    const [from, to] = [times.startOf(bin), times.startOf(bin + 1)]
    const when = times.kind === "time" ? `${momentWords(from, times.width, true)} to ${momentWords(to, times.width)}`
      : times.kind === "order" ? this.say(`rows ${count(from)} to ${count(to - 1)}`) : `${number(from, 5)} to ${number(to, 5)}`
    const odd = all.anomalies[bin] ? `, ${count(all.anomalies[bin])} labelled anomalies` : ""
    tip.hidden = false
    put(tip, this.say(`${when}: ${count(all.rows[bin])} rows${odd}, highest score ${number(top, 4)}${top > this.now.threshold ? ", flagged" : ""}. Click to open that row.`))
    const right = here[0] > this.width / 2
    Object.assign(tip.style, { top: `${here[1] + 14}px`, left: right ? "" : `${here[0] + 14}px`, right: right ? `${this.width - here[0] + 14}px` : "" })
  }

  save(format) {
    if (!this.y) return
    download(format, {
      title: this.data.title, subtitle: this.subtitle, name: this.data.name, look: this.look, width: this.width, height: this.height,
      draw: (pen) => {
        const { x, y, look } = this
        this.drawCalm(pen)
        pen.inside(x.from, y.to, x.to - x.from, Math.max(0, this.level - y.to), () => this.drawBars(pen, this.tops, look.anomaly, 1))
        pen.path([x.from, this.level, x.to, this.level], { stroke: look.threshold, width: 2 })
      },
    })
  }
}

function lengthWords(seconds) {
  const [size, name] = [[DAY * 365, "year"], [DAY * 30, "30 days"], [DAY * 7, "week"], [DAY, "day"], [3600, "hour"], [60, "minute"], [1, "second"]].find(([length]) => seconds >= length) ?? [1, "second"]
  const n = seconds / size
  return n === 1 ? name : name === "30 days" ? `${30 * n} days` : `${Number(n.toPrecision(4))} ${name}s`
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".explorer")
  root.explorer ??= new Timeline(root)
  root.explorer.take(data, setTriggerValue)
  return () => root.explorer.leave()
}
