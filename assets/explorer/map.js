// The map of the latent space under hand and keys: zoomed, moved, pointed at, and drawn around to select; only a point's
// number or the area's corners are sent to the server.
const CORNERS = 40

class LatentMap extends MapView {
  constructor(root) {
    super(root)
    this.listen()
  }

  listen() {
    const stage = this.part("stage")
    this.part("modes").addEventListener("change", (event) => {
      this.mode = event.target.value
      this.writeHead()
    })
    stage.addEventListener("pointerdown", (event) => this.press(event))
    stage.addEventListener("pointermove", (event) => (this.drag ? this.pull(event) : this.hover(event)))
    stage.addEventListener("pointerup", (event) => this.release(event))
    stage.addEventListener("pointercancel", () => this.abandon())
    stage.addEventListener("pointerleave", () => this.point(-1))
    stage.addEventListener("dblclick", () => this.toWhole())
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false })
    stage.addEventListener("keydown", (event) => this.key(event))
    this.part("whole").addEventListener("click", () => this.toWhole())
    for (const button of this.root.querySelectorAll("[data-save]"))
      button.addEventListener("click", () => this.save(button.dataset.save))
    this.listener = (now) => this.follow(now)
    live.listeners.add(this.listener)
    this.now = live.now
    this.sizes = new ResizeObserver(() => this.places && this.refresh())
    this.sizes.observe(stage)
  }

  leave() {
    clearTimeout(this.late)
    live.listeners.delete(this.listener)
    this.sizes.disconnect()
  }

  at(event) {
    const box = this.part("stage").getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }

  // The nearest point within some pixels.
  nearest([a, b], pixels = 9) {
    const unit = (axis, from, to) => (pixels * Math.abs(to - from)) / Math.abs(axis.to - axis.from)
    return this.places.nearest([this.x.value(a), this.y.value(b)], [unit(this.x, this.ends[0], this.ends[1]), unit(this.y, this.ends[2], this.ends[3])])
  }

  hover(event) {
    if (!this.x) return
    this.hovered = this.at(event)
    this.looking ??= requestAnimationFrame(() => {
      this.looking = null
      if (!this.drag && this.x) this.point(this.nearest(this.hovered))
    })
  }

  // Says which row a point is, as soon as the server has told it.
  point(place) {
    const tip = this.part("tip")
    if (place === this.pointed && !tip.hidden) return this.putTip()
    this.pointed = place
    tip.hidden = true
    if (place < 0) return
    fetched(`${this.data.urls.point}&point=${place}`, readJson).then(({ row, score, label }) => {
      if (place !== this.pointed || this.drag) return
      const kind = this.data.labelled ? `, ${["normal", "anomaly"][label] ?? "without label"}` : ""
      tip.hidden = false
      put(tip, `${this.data.nouns[0]} ${count(row)}, score ${number(score, 4)}${kind}${this.valueOf(place)}`)
      this.putTip()
    }).catch(() => (tip.hidden = true))
  }

  // The level that colours a point, where it says more than the class.
  valueOf(place) {
    const { colours } = this
    return colours?.kind === "levels" && colours.title !== "Class" ? `, ${colours.levels[colours.step[place]][0]}` : ""
  }

  putTip() {
    const [a, b] = this.hovered, right = a > this.width / 2
    Object.assign(this.part("tip").style, { top: `${b + 14}px`, left: right ? "" : `${a + 14}px`, right: right ? `${this.width - a + 14}px` : "" })
  }

  press(event) {
    if (event.button !== 0 || !this.x || event.target.closest("button, fieldset")) return
    this.part("tip").hidden = true
    this.drag = { start: this.at(event), line: [this.at(event)], ends: this.ends }
    this.part("stage").setPointerCapture(event.pointerId)
  }

  pull(event) {
    const here = this.at(event), { start, line } = this.drag
    if (this.mode === "move") {
      const dx = this.x.value(start[0]) - this.x.value(here[0]), dy = this.y.value(start[1]) - this.y.value(here[1])
      this.drag.start = here
      this.view([this.ends[0] + dx, this.ends[1] + dx, this.ends[2] + dy, this.ends[3] + dy])
      return
    }
    line.push(here)
    const corners = this.mode === "box" ? [start, [here[0], start[1]], here, [start[0], here[1]]] : line
    this.drawn = corners.map(([a, b]) => [this.x.value(a), this.y.value(b)])
    this.marking ??= requestAnimationFrame(() => {
      this.marking = null
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
        this.data.marked = found
        this.drawMarks()
        this.send("changed", { point: found, points: this.places.key })
      }
      return
    }
    if (!drawn || this.mode === "move") return
    const last = Math.min(drawn.length, CORNERS) - 1
    const kept = Array.from({ length: last + 1 }, (_, i) => drawn[Math.round((i * (drawn.length - 1)) / Math.max(1, last))])
    this.area = kept
    // The server hears of it before the colours of millions of points are counted anew.
    this.send("changed", { area: kept })
    this.drawMarks()
    setTimeout(() => {
      this.tint()
      this.refresh()
    })
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
      this.refresh()
    })
  }

  toWhole() {
    if (!this.places) return
    this.ends = this.places.home()
    this.zoomed = false
    this.refresh()
  }

  save(format) {
    if (!this.places) return
    // A WebGL canvas keeps its picture only until the browser has shown it: drawn anew and read in one go.
    this.drawPoints()
    const picture = this.part("points").toDataURL("image/png")
    const image = new Image()
    image.onload = () => download(format, {
      title: `Latent space, ${this.data.title}`, subtitle: this.subtitle, name: this.data.name, look: this.look, width: this.width, height: this.height,
      draw: (pen) => {
        this.drawFrame(pen)
        pen.image(image, picture, this.x.from, this.y.to, this.x.to - this.x.from, this.y.from - this.y.to)
        this.marks(pen)
      },
    })
    image.src = picture
  }
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".explorer")
  root.explorer ??= new LatentMap(root)
  root.explorer.take(data, setTriggerValue)
  return () => root.explorer.leave()
}
