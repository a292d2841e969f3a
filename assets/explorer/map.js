// The map of the latent space: coloured while the threshold moves, zoomed, and drawn around to select; only the area's
// corners are sent to the server.
const COLOURINGS = { class: "Class", score: "Score", flagged: "Flagged" }
const MODES = { lasso: "Lasso", box: "Box", move: "Move" }
const MARGIN = { left: 50, right: 14, top: 8, bottom: 46 }
const CORNERS = 40
const HINTS = {
  lasso: "Draw around points to list them, click one to open it, scroll to zoom.",
  box: "Drag a box to list its points, click one to open it, scroll to zoom.",
  move: "Drag to move the map, scroll to zoom, double-click for the whole.",
}

class LatentMap {
  constructor(root) {
    this.root = root
    this.mode = "lasso"
    this.points = new Points(this.part("points"))
    this.listen()
  }

  part(name) {
    return this.root.querySelector(`[data-part=${name}]`)
  }

  take(data, send) {
    Object.assign(this, { data, send, colouring: data.colouring, area: data.area, band: data.band, cell: data.cell })
    this.look = lookOf(this.root, data.colours)
    for (const [name, value] of Object.entries(data.colours)) if (typeof value === "string") this.root.style.setProperty(`--${name}`, value)
    this.adopt()
  }

  adopt() {
    const places = live.places
    if (!this.data || !places || places.key !== this.data.placesKey) return
    const fresh = this.places !== places
    this.places = places
    if (fresh) this.ends = this.home()
    this.drawChoices()
    this.tint()
    this.redraw()
    this.root.dataset.ready = "true"
  }

  // The range that the map opens with: a few rows far out must not squeeze all others into a corner.
  home() {
    return [this.places.x, this.places.y].flatMap((values) => {
      const sorted = Float32Array.from(values).sort()
      const at = (q) => sorted[Math.round(q * (sorted.length - 1))]
      const air = 0.25 * (at(0.998) - at(0.002)) || 1
      return [Math.max(at(0.002), at(0) - 0) - air, Math.min(at(0.998), at(1)) + air]
    })
  }

  get opacity() {
    return this.places.n > 5000 ? 0.6 : 0.75
  }

  // A colour for each point: by class, or by score from the lowest to the highest hundredth.
  tint() {
    const { n, label, score, x, y } = this.places, { look } = this
    const tints = new Uint8Array(4 * n)
    const chosen = this.chosen()
    if (this.colouring === "score") {
      const low = score[Math.floor(0.01 * (n - 1))], high = score[Math.floor(0.995 * (n - 1))]
      const log = low > 0 && high / low > 30
      const value = log ? Math.log : (v) => v
      const [a, b] = [value(low), value(high)]
      this.scale = { low, high, log, at: (v) => (b > a ? Math.min(1, Math.max(0, (value(Math.max(v, log ? low : v)) - a) / (b - a))) : 0) }
      const steps = Array.from({ length: 256 }, (_, i) => this.mixed(i / 255))
      for (let i = 0; i < n; i++) tints.set(steps[Math.round(255 * this.scale.at(score[i]))], 4 * i)
    } else if (this.colouring === "flagged" && this.now) {
      const cut = this.flaggedFrom(), [low, high] = [look.unknown, look.anomaly].map((c) => bytesOf(c, this.opacity))
      for (let i = 0; i < n; i++) tints.set(i < cut ? low : high, 4 * i)
    } else {
      const kinds = [look.normal, look.anomaly, this.data.labelled ? look.unknown : look.accent].map((c) => bytesOf(c, this.opacity))
      for (let i = 0; i < n; i++) tints.set(kinds[label[i] < 0 ? 2 : label[i]], 4 * i)
    }
    if (chosen) for (let i = 0; i < n; i++) if (!chosen[i]) tints[4 * i + 3] *= 0.2
    this.points.give(x, y, tints)
  }

  // Which points are in every part of the selection; null where nothing is selected.
  chosen() {
    const { n, x, y, score, label } = this.places, { area, band, cell } = this
    if (area.length < 3 && !band && !cell) return null
    const chosen = new Uint8Array(n).fill(1)
    if (area.length >= 3) for (let i = 0; i < n; i++) chosen[i] &= inside(x[i], y[i], area)
    if (band) for (let i = 0; i < n; i++) chosen[i] &= score[i] > band[0] && score[i] <= band[1]
    if (cell && this.now) {
      const cut = this.flaggedFrom(), odd = cell === "caught" || cell === "missed" ? 1 : 0
      const above = cell === "caught" || cell === "alarms"
      for (let i = 0; i < n; i++) chosen[i] &= label[i] === odd && i >= cut === above
    }
    return chosen
  }

  mixed(part) {
    const colours = this.data.colours.sequential
    const place = part * (colours.length - 1), i = Math.min(colours.length - 2, Math.floor(place))
    const [from, to] = [bytesOf(colours[i], this.opacity), bytesOf(colours[i + 1], this.opacity)]
    return from.map((c, k) => Math.round(c + (to[k] - c) * (place - i)))
  }

  follow(now) {
    if (!this.data || now.key !== this.data.key) return
    const cellMoved = this.cell && this.now?.threshold !== now.threshold
    this.now = now
    if (!this.places || (this.colouring !== "flagged" && !cellMoved)) return
    if (cellMoved || this.chosen()) this.tint()
    this.drawPoints()
    this.writeHead()
  }

  redraw() {
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
    this.drawPoints()
    this.drawMarks()
    this.writeHead()
  }

  drawFrame(pen) {
    drawAxes(pen, this.x, this.y, { look: this.look, xTitle: this.data.axes[0], yTitle: this.data.axes[1] })
  }

  drawPoints() {
    this.points.draw(this.x.to - this.x.from, this.y.from - this.y.to, this.ends, this.places.n > 5000 ? 4.5 : 6.5, this.runs())
  }

  // Which points are drawn in which colour; the flagged ones are the last.
  runs() {
    const { n } = this.places
    if (this.colouring !== "flagged" || !this.now) return [[0, n, null]]
    const cut = (this.cut = this.flaggedFrom())
    if (this.chosen()) return [[0, n, null]]
    return [[0, cut, bytesOf(this.look.unknown, this.opacity)], [cut, n, bytesOf(this.look.anomaly, this.opacity)]]
  }

  // The first point that is flagged; all behind it are.
  flaggedFrom() {
    const base = live.grids.get(this.data.key)
    const step = base.step(this.now.threshold)
    return this.places.below(step, base.steps[step] === this.now.threshold ? null : this.now.threshold)
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
      const place = this.data.marked === null ? -1 : this.places.row.indexOf(this.data.marked)
      if (place >= 0) pen.circle(x.place(this.places.x[place]), y.place(this.places.y[place]), 9, { stroke: this.look.threshold, width: 2.5 })
    })
  }

  writeHead() {
    const { n, label } = this.places, { look } = this
    const counts = [0, 0, 0]
    this.counts ??= new Map()
    if (this.counts.of !== this.places) {
      for (let i = 0; i < n; i++) counts[label[i] < 0 ? 2 : label[i]]++
      this.counts = Object.assign(new Map(), { of: this.places, classes: counts })
    }
    if (this.colouring === "flagged") this.legend = [[look.anomaly, `Flagged (${count(n - (this.cut ?? n))})`], [look.unknown, `Not flagged (${count(this.cut ?? n)})`]]
    else if (this.colouring === "class") {
      const names = [["normal", "Normal"], ["anomaly", "Anomaly"], ["unknown", this.data.labelled ? "Without label" : "Rows"]]
      const colour = (j) => (j === 2 && !this.data.labelled ? look.accent : look[names[j][0]])
      this.legend = [1, 0, 2].filter((j) => this.counts.classes[j]).map((j) => [colour(j), `${names[j][1]} (${count(this.counts.classes[j])})`])
    } else this.legend = null
    const legend = this.part("legend")
    if (this.legend) {
      if (legend.children.length !== this.legend.length || legend.dataset.kind !== this.colouring) {
        legend.replaceChildren(...this.legend.map(() => made("span", {})))
        legend.dataset.kind = this.colouring
        for (const span of legend.children) span.append(made("i", {}), "")
      }
      this.legend.forEach(([colour, words], i) => {
        legend.children[i].firstChild.style.background = colour
        put(legend.children[i].lastChild, words)
      })
    } else if (legend.dataset.kind !== "score") {
      legend.dataset.kind = "score"
      const bar = made("i", { className: "scale" })
      bar.style.background = `linear-gradient(to right, ${this.data.colours.sequential.join(", ")})`
      legend.replaceChildren(`score ${number(this.scale.low, 2)}`, bar, number(this.scale.high, 2))
    }
    const [left, right, low, high] = this.ends, { x, y } = this.places
    let outside = 0
    for (let i = 0; i < n; i++) if (x[i] < left || x[i] > right || y[i] < low || y[i] > high) outside++
    this.subtitle = this.data.subtitle + (outside ? `, ${count(outside)} outside this view` : "")
    put(this.part("subtitle"), this.subtitle)
    this.part("whole").hidden = !this.zoomed
    put(this.part("hint"), HINTS[this.mode])
    this.part("stage").setAttribute("aria-label", `Latent space, ${this.subtitle}`)
  }

  drawChoices() {
    const fill = (name, choices, chosen) => {
      const place = this.part(name).querySelector(".choices")
      if (place.dataset.names !== choices.map(([value]) => value).join()) {
        place.dataset.names = choices.map(([value]) => value).join()
        place.replaceChildren(...choices.map(([value, words]) => {
          const label = made("label", {})
          label.append(made("input", { type: "radio", name, value }), words)
          return label
        }))
      }
      for (const input of place.querySelectorAll("input")) input.checked = input.value === chosen
    }
    fill("colours", Object.entries(COLOURINGS).filter(([name]) => this.data.labelled || name !== "class"), this.colouring)
    fill("dimensions", [["2d", "2D"], ["3d", "3D"]], "2d")
    fill("modes", Object.entries(MODES), this.mode)
  }

  listen() {
    const stage = this.part("stage")
    this.part("colours").addEventListener("change", (event) => {
      this.colouring = event.target.value
      this.send("changed", { colour: this.colouring })
      this.tint()
      this.redraw()
    })
    this.part("dimensions").addEventListener("change", () => this.send("changed", { map: "3d" }))
    this.part("modes").addEventListener("change", (event) => {
      this.mode = event.target.value
      this.writeHead()
    })
    stage.addEventListener("pointerdown", (event) => this.press(event))
    stage.addEventListener("pointermove", (event) => (this.drag ? this.pull(event) : this.hover(event)))
    stage.addEventListener("pointerup", (event) => this.release(event))
    stage.addEventListener("pointercancel", () => this.abandon())
    stage.addEventListener("pointerleave", () => (this.part("tip").hidden = true))
    stage.addEventListener("dblclick", () => this.toWhole())
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false })
    stage.addEventListener("keydown", (event) => this.key(event))
    this.part("whole").addEventListener("click", () => this.toWhole())
    for (const button of this.root.querySelectorAll("[data-save]"))
      button.addEventListener("click", () => this.save(button.dataset.save))
    this.listener = (now) => this.follow(now)
    live.listeners.add(this.listener)
    this.now = live.now
    this.arrives = () => this.adopt()
    document.addEventListener("anomalens-places", this.arrives)
    this.sizes = new ResizeObserver(() => this.redraw())
    this.sizes.observe(stage)
  }

  leave() {
    live.listeners.delete(this.listener)
    document.removeEventListener("anomalens-places", this.arrives)
    this.sizes.disconnect()
  }

  at(event) {
    const box = this.part("stage").getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }

  // The nearest point within some pixels; the one with the highest score where several are as near.
  nearest([a, b], pixels = 9) {
    const { x, y, n } = this.places
    const [cx, cy] = [this.x.value(a), this.y.value(b)]
    const perX = (this.x.to - this.x.from) / (this.ends[1] - this.ends[0]), perY = (this.y.from - this.y.to) / (this.ends[3] - this.ends[2])
    let [found, least] = [-1, pixels * pixels]
    for (let i = 0; i < n; i++) {
      const dx = (x[i] - cx) * perX, dy = (y[i] - cy) * perY, far = dx * dx + dy * dy
      if (far <= least) [found, least] = [i, far]
    }
    return found
  }

  hover(event) {
    const tip = this.part("tip")
    tip.hidden = true
    if (!this.x) return
    const [a, b] = this.at(event), found = this.nearest([a, b])
    if (found < 0) return
    const { row, score, label } = this.places
    const kind = this.data.labelled ? `, ${["normal", "anomaly"][label[found]] ?? "without label"}` : ""
    tip.hidden = false
    put(tip, `row ${count(row[found])}, score ${number(score[found], 4)}${kind}`)
    const right = a > this.width / 2
    Object.assign(tip.style, { top: `${b + 14}px`, left: right ? "" : `${a + 14}px`, right: right ? `${this.width - a + 14}px` : "" })
  }

  press(event) {
    if (event.button !== 0 || !this.x || event.target.closest("button, fieldset")) return
    this.part("tip").hidden = true
    this.drag = { start: this.at(event), line: [this.at(event)], ends: this.ends }
    this.part("stage").setPointerCapture(event.pointerId)
  }

  pull(event) {
    const here = this.at(event), { start, line, ends } = this.drag
    if (this.mode === "move") {
      const dx = this.x.value(start[0]) - this.x.value(here[0]), dy = this.y.value(start[1]) - this.y.value(here[1])
      this.drag.start = here
      this.view([this.ends[0] + dx, this.ends[1] + dx, this.ends[2] + dy, this.ends[3] + dy])
      return
    }
    line.push(here)
    const corners = this.mode === "box" ? [start, [here[0], start[1]], here, [start[0], here[1]]] : line
    this.drawn = corners.map(([a, b]) => [this.x.value(a), this.y.value(b)])
    this.asked ??= requestAnimationFrame(() => {
      this.asked = null
      this.drawMarks()
    })
  }

  release(event) {
    if (!this.drag) return
    const { start } = this.drag, here = this.at(event), drawn = this.drawn
    this.abandon()
    if (Math.hypot(here[0] - start[0], here[1] - start[1]) < 4 && !(drawn?.length > 8)) {
      const found = this.nearest(here)
      if (found >= 0) {
        this.data.marked = this.places.row[found]
        this.drawMarks()
        this.send("changed", { row: this.places.row[found] })
      }
      return
    }
    if (!drawn || this.mode === "move") return
    const kept = Array.from({ length: Math.min(drawn.length, CORNERS) }, (_, i, all = drawn) => all[Math.round((i * (all.length - 1)) / Math.max(1, Math.min(all.length, CORNERS) - 1))])
    this.area = kept
    this.tint()
    this.redraw()
    this.send("changed", { area: kept })
  }

  abandon() {
    this.drag = null
    this.drawn = null
    if (this.x) this.drawMarks()
  }

  wheel(event) {
    if (!this.x) return
    event.preventDefault()
    const [a, b] = this.at(event)
    this.zoomAt([this.x.value(a), this.y.value(b)], Math.exp(event.deltaY * 0.0015))
  }

  zoomAt([cx, cy], by) {
    const [left, right, low, high] = this.ends
    this.view([cx + (left - cx) * by, cx + (right - cx) * by, cy + (low - cy) * by, cy + (high - cy) * by])
  }

  key(event) {
    const [left, right, low, high] = this.ends ?? []
    const middle = [(left + right) / 2, (low + high) / 2], dx = (right - left) / 10, dy = (high - low) / 10
    const moves = {
      "+": () => this.zoomAt(middle, 0.8), "-": () => this.zoomAt(middle, 1.25), "0": () => this.toWhole(),
      ArrowLeft: () => this.view([left - dx, right - dx, low, high]), ArrowRight: () => this.view([left + dx, right + dx, low, high]),
      ArrowUp: () => this.view([left, right, low + dy, high + dy]), ArrowDown: () => this.view([left, right, low - dy, high - dy]),
    }
    if (!this.x || !moves[event.key] || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    moves[event.key]()
  }

  view(ends) {
    this.ends = ends
    this.zoomed = true
    this.later ??= requestAnimationFrame(() => {
      this.later = null
      this.redraw()
    })
  }

  toWhole() {
    if (!this.places) return
    this.ends = this.home()
    this.zoomed = false
    this.redraw()
  }

  save(format) {
    if (!this.places) return
    // A WebGL canvas keeps its picture only until the browser has shown it: drawn anew and read in one go.
    this.drawPoints()
    const picture = this.part("points").toDataURL("image/png")
    const image = new Image()
    image.onload = () => download(format, {
      title: "Latent space", subtitle: this.subtitle, name: this.data.name, look: this.look, width: this.width, height: this.height,
      draw: (pen) => {
        this.drawFrame(pen)
        pen.image(image, picture, this.x.from, this.y.to, this.x.to - this.x.from, this.y.from - this.y.to)
        this.marks(pen)
      },
    })
    image.src = picture
  }
}

// Whether a place lies in an area (even-odd rule), as dashboard/explore_address.py has it.
function inside(x, y, corners) {
  let found = false
  for (let i = 0; i < corners.length; i++) {
    const [ax, ay] = corners[i], [bx, by] = corners[(i + 1) % corners.length]
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) found = !found
  }
  return found
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".explorer")
  root.explorer ??= new LatentMap(root)
  root.explorer.take(data, setTriggerValue)
  return () => root.explorer.leave()
}
