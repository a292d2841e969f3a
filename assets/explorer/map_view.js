// The map of the latent space as it is drawn: points in their colours, axes, the area that is selected, and the words
// around it. Colours follow the threshold while it moves.
const MODES = { lasso: "Lasso", box: "Box", move: "Move" }
const MARGIN = { left: 50, right: 14, top: 8, bottom: 46 }
const HINTS = {
  lasso: "Draw around points to list them, click one to open it, scroll to zoom.",
  box: "Drag a box to list its points, click one to open it, scroll to zoom.",
  move: "Drag to move the map, scroll to zoom, double-click for the whole.",
}
// Size in pixels and opacity of a point, by how many there are at most.
const SIZES = [[5_000, 6.5, 0.75], [60_000, 4.5, 0.6], [300_000, 2.8, 0.5], [Infinity, 2, 0.4]]

const RESTS = [150, 1500] // milliseconds without a change, on a quick machine and on one that draws in software
const SLOW = 20 // milliseconds of a frame in which the map is drawn, from which on it no longer follows every move

class MapView {
  constructor(root) {
    this.root = root
    this.mode = "lasso"
    this.points = new Points(this.part("points"))
    this.between = new Map()
  }

  part(name) {
    return this.root.querySelector(`[data-part=${name}]`)
  }

  take(data, send) {
    const other = this.data?.urls.points !== data.urls.points
    Object.assign(this, { data, send, area: data.area })
    this.bits = data.chosen === null ? null : Uint8Array.from(atob(data.chosen), (c) => c.charCodeAt(0))
    this.look = lookOf(this.root, data.colours)
    for (const [name, value] of Object.entries(data.colours)) if (typeof value === "string") this.root.style.setProperty(`--${name}`, value)
    if (other) this.say("Loading the points …")
    this.adopt()
  }

  // Fetches what the data names and draws it when all is there; an answer that comes too late is dropped.
  async adopt() {
    const { urls, cell } = this.data, asked = (this.asked = {})
    try {
      const [places, colours, classes] = await Promise.all([
        fetched(urls.points, MapPoints.read), urls.colours && fetched(urls.colours, readColours),
        cell && fetched(urls.classes, readColours),
      ])
      if (asked !== this.asked) return
      const fresh = this.places?.key !== places.key
      Object.assign(this, { places, colours, classes })
      if (fresh) (this.ends = places.home()), (this.zoomed = false)
    } catch (problem) {
      if (asked === this.asked) this.say(`The map could not be loaded. ${problem.message} Reload the page.`)
      return
    }
    this.say("")
    this.fillModes()
    this.tint()
    this.refresh()
    requestAnimationFrame(() => (this.root.dataset.ready = "true"))
  }

  // Draws anew: many points thinned out at first, all of them as soon as the map rests.
  refresh() {
    clearTimeout(this.resting)
    const many = this.places.n > FEW_POINTS
    this.root.dataset.whole = String(!many)
    const start = performance.now()
    this.redraw(many)
    if (!many) return
    if (this.pause === undefined) {
      // Once it is waited for the points that were asked for, to know how long all of them will take.
      this.points.finish()
      const all = ((performance.now() - start) * this.places.n) / FEW_POINTS
      this.pause = Math.min(RESTS[1], Math.max(RESTS[0], all))
    }
    this.resting = setTimeout(() => {
      this.redraw()
      this.root.dataset.whole = "true"
    }, this.pause)
  }

  say(words) {
    const note = this.part("note")
    put(note, words)
    note.hidden = !words
  }

  get dot() {
    return SIZES.find(([most]) => this.places.n <= most)
  }

  // A colour for each point, faded where it is not selected.
  tint() {
    const { n } = this.places, { look, colours } = this, opacity = this.dot[2]
    const tints = new Uint32Array(n), chosen = this.chosen()
    const paint = (list, fade) => Uint32Array.from(list, (colour) => wordOf(bytesOf(colour, opacity * fade)))
    if (colours) {
      const list = this.palette()
      const [plain, faded] = [paint(list, 1), paint(list, 0.2)], { step } = colours
      if (chosen) for (let i = 0; i < n; i++) tints[i] = (chosen[i] ? plain : faded)[step[i]]
      else for (let i = 0; i < n; i++) tints[i] = plain[step[i]]
    } else if (this.now) {
      const cut = this.flaggedFrom(), pair = [look.unknown, look.anomaly]
      const [plain, faded] = [paint(pair, 1), paint(pair, 0.2)]
      for (let i = 0; i < n; i++) tints[i] = (chosen && !chosen[i] ? faded : plain)[i < cut ? 0 : 1]
    }
    this.selected = Boolean(chosen)
    this.points.give(this.places, new Uint8Array(tints.buffer))
  }

  // The colour of each step: of a scale from little to much, or of each level.
  palette() {
    const { sequential, categories, roles } = this.data.colours
    if (this.colours.kind === "scale")
      return Array.from({ length: 256 }, (_, i) => (i === 255 ? roles.missing : mixed(sequential, i / 254)))
    let own = 0
    return this.colours.levels.map(([, role]) => (role ? roles[role] : categories[own++ % categories.length]))
  }

  // Which points are in every part of the selection; null where nothing is selected.
  chosen() {
    const { n } = this.places, { area, bits, data } = this, { band, cell } = data
    if (area.length < 3 && !bits && !band && !cell) return null
    const chosen = area.length >= 3 ? this.places.inside(area) : new Uint8Array(n).fill(1)
    if (bits) for (let i = 0; i < n; i++) chosen[i] &= (bits[i >> 3] >> (i & 7)) & 1
    if (band) chosen.fill(0, 0, band[0]), chosen.fill(0, band[1])
    if (cell && this.now && this.classes) {
      const cut = this.flaggedFrom(), odd = cell === "caught" || cell === "missed" ? "anomaly" : "normal"
      const wanted = this.classes.levels.findIndex(([, role]) => role === odd), { step } = this.classes
      const [from, to] = cell === "caught" || cell === "alarms" ? [cut, n] : [0, cut]
      for (let i = 0; i < n; i++) chosen[i] &= step[i] === wanted && i >= from && i < to
    }
    return chosen
  }

  follow(now) {
    if (!this.data || now.key !== this.data.key) return
    const moved = this.behind || this.now?.threshold !== now.threshold
    this.now = now
    if (!this.places || !moved || (this.colours && !this.data.cell)) return
    clearTimeout(this.late)
    if (!this.slow) return this.catchUp()
    // Without a graphics card a drawing takes several frames, and the line would stutter: the map waits until the line
    // is let go of, or rests where it is moved by keys.
    this.behind = true
    if (!now.held) this.late = setTimeout(() => requestAnimationFrame(() => this.catchUp()), RESTS[0])
  }

  // Draws what the threshold changed, within a frame, and sees how long that frame takes.
  catchUp() {
    this.behind = false
    const start = performance.now()
    if (this.selected || this.data.cell) this.tint()
    this.refresh()
    this.writeHead()
    // Behind all of this frame: scripts, layout, paint.
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => ((this.slow = performance.now() - start > SLOW), port1.close())
    port2.postMessage(0)
  }

  redraw(hurry = false) {
    const stage = this.part("stage")
    const [width, height] = [stage.clientWidth, stage.clientHeight]
    if (!this.places || !width) return
    Object.assign(this, { width, height })
    const [left, right, low, high] = this.ends
    this.x = new Axis("linear", left, right, MARGIN.left, width - MARGIN.right)
    this.y = new Axis("linear", low, high, height - MARGIN.bottom, MARGIN.top)
    const canvas = this.part("points")
    Object.assign(canvas.style, { left: `${MARGIN.left}px`, top: `${MARGIN.top}px`, width: `${this.x.to - this.x.from}px`, height: `${this.y.from - this.y.to}px` })
    this.drawFrame(new CanvasPen(sharp(this.part("axes"), width, height), this.look.font))
    this.drawPoints(hurry)
    this.drawMarks()
    if (!hurry) this.writeHead()
  }

  drawFrame(pen) {
    drawAxes(pen, this.x, this.y, { look: this.look, xTitle: this.data.axes[0], yTitle: this.data.axes[1] })
  }

  drawPoints(hurry = false) {
    this.points.draw(this.x.to - this.x.from, this.y.from - this.y.to, this.ends, this.dot[1], this.runs(), hurry)
  }

  // Which points are drawn in which colour; the flagged ones are the last.
  runs() {
    const { n } = this.places
    if (this.colours || !this.now || this.selected) return [[0, n, null]]
    const cut = this.flaggedFrom()
    return [[0, cut, bytesOf(this.look.unknown, this.dot[2])], [cut, n, bytesOf(this.look.anomaly, this.dot[2])]]
  }

  // The first point that is flagged; all behind it are. Between two steps of the grid the server is asked, once.
  flaggedFrom() {
    const base = live.grids.get(this.data.key), { threshold } = this.now
    const step = base.step(threshold)
    if (base.steps[step] === threshold) return this.places.lower[step]
    if (threshold < base.steps[step]) return 0
    const known = this.between.get(`${this.places.key} ${threshold}`)
    if (known === undefined) this.askBetween(threshold)
    return known ?? this.places.lower[step]
  }

  askBetween(threshold) {
    const { key } = this.places
    this.between.set(`${key} ${threshold}`, null)
    fetched(`${this.data.urls.below}&threshold=${threshold}`, readJson).then(({ below }) => {
      this.between.set(`${key} ${threshold}`, below)
      if (this.now.threshold === threshold && this.places.key === key) this.tint(), this.refresh()
    })
  }

  // The area that is selected or being drawn, and the row that is looked at.
  drawMarks() {
    const pen = new CanvasPen(sharp(this.part("marks"), this.width, this.height), this.look.font)
    this.marks(pen)
  }

  marks(pen) {
    const { x, y } = this
    pen.inside(x.from, y.to, x.to - x.from, y.from - y.to, () => {
      const corners = this.drawn ?? this.area
      if (corners.length > 1) {
        const line = corners.flatMap(([a, b]) => [x.place(a), y.place(b)])
        pen.path([...line, line[0], line[1]], { fill: this.look.accent, alpha: 0.1 })
        pen.path([...line, line[0], line[1]], { stroke: this.look.threshold, width: 1.5, dash: [3, 3] })
      }
      const place = this.data.marked
      if (place !== null && place < this.places.n) pen.circle(x.place(this.places.x(place)), y.place(this.places.y(place)), 9, { stroke: this.look.threshold, width: 2.5 })
    })
  }

  writeHead() {
    const { n } = this.places, [left, right, low, high] = this.ends
    let within = 0
    this.places.inBox([left, right, low, high], () => within++)
    this.subtitle = this.data.subtitle + (within < n ? `, ${count(n - within)} outside this view` : "")
    put(this.part("subtitle"), this.subtitle)
    drawLegend(this.part("legend"), this.legend())
    this.part("whole").hidden = !this.zoomed
    put(this.part("hint"), HINTS[this.mode])
    this.part("stage").setAttribute("aria-label", `Latent space, ${this.subtitle}`)
  }

  legend() {
    const { colours, look, places } = this
    if (!colours) {
      const cut = this.now ? this.flaggedFrom() : places.n
      return { levels: [[look.anomaly, `Flagged (${count(places.n - cut)})`], [look.unknown, `Not flagged (${count(cut)})`]] }
    }
    if (colours.kind === "scale") return { title: colours.title, scale: this.data.colours.sequential, ticks: colours.ticks, missing: colours.missing && [this.data.colours.roles.missing, `No value (${count(colours.missing)})`] }
    const shown = this.palette()
    return { levels: colours.levels.map(([name, , points], i) => [shown[i], `${name} (${count(points)})`]) }
  }

  fillModes() {
    const place = this.part("modes").querySelector(".choices")
    if (!place.children.length)
      place.replaceChildren(...Object.entries(MODES).map(([value, words]) => {
        const label = made("label", {})
        label.append(made("input", { type: "radio", name: "modes", value }), words)
        return label
      }))
    for (const input of place.querySelectorAll("input")) input.checked = input.value === this.mode
  }
}

// Four bytes as one number, as this machine keeps them.
const wordOf = (bytes) => new Uint32Array(Uint8Array.from(bytes).buffer)[0]

// A colour between those of a scale.
function mixed(colours, part) {
  const place = part * (colours.length - 1), i = Math.min(colours.length - 2, Math.floor(place))
  const [from, to] = [bytesOf(colours[i], 1), bytesOf(colours[i + 1], 1)]
  return `#${[0, 1, 2].map((k) => Math.round(from[k] + (to[k] - from[k]) * (place - i)).toString(16).padStart(2, "0")).join("")}`
}
