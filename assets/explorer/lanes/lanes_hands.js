// What hands do to the time line: pan, zoom, pinch, select a stretch, drag the threshold, keys, the brush of the overview.
const CLICK = 4, GRIP = 6, KEY_STEP = 0.2, ZOOM_STEP = 1.6

class LanesHands {
  listen() {
    const stage = this.part("stage"), overview = this.part("overview")
    this.pointers = new Map()
    const on = (element, events) => Object.entries(events).forEach(([name, act]) => element.addEventListener(name, act))
    on(stage, {
      pointerdown: (event) => this.press(event),
      pointermove: (event) => (this.pointers.has(event.pointerId) ? this.pull(event) : this.hover(event)),
      pointerup: (event) => this.release(event),
      pointercancel: (event) => this.release(event, true),
      pointerleave: () => this.hover(null),
      dblclick: (event) => this.zoom(1 / 4, this.scene.x.value(this.at(event)[0])),
      keydown: (event) => this.key(event),
    })
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false })
    on(overview, {
      pointerdown: (event) => this.brush(event),
      pointermove: (event) => this.brushed(event),
      pointerup: () => this.brushDone(),
      pointercancel: () => this.brushDone(),
    })
    for (const button of this.root.querySelectorAll("[data-do]")) button.addEventListener("click", () => this.act(button.dataset.do))
    for (const button of this.root.querySelectorAll("[data-save]")) button.addEventListener("click", () => this.save(button.dataset.save))
    this.part("series").addEventListener("change", (event) => this.send("changed", { series: Number(event.target.value) }))
    this.part("more").addEventListener("click", () => this.showAll(!this.all))
    for (const button of this.root.querySelectorAll("[data-mark]")) button.addEventListener("click", () => this.mark(button.dataset.mark))
    this.listener = (now) => this.follow(now)
    live.listeners.add(this.listener)
    this.now = live.now
    this.sizes = new ResizeObserver(() => this.frame())
    this.sizes.observe(this.root)
  }

  leave() {
    live.listeners.delete(this.listener)
    this.sizes.disconnect()
    this.source?.asked?.abort()
  }

  act(name) {
    const [a, b] = this.view, middle = (a + b) / 2
    if (name === "in") this.zoom(1 / ZOOM_STEP, middle)
    if (name === "out") this.zoom(ZOOM_STEP, middle)
    if (name === "all") this.lookAt(this.data.extent)
    if (name === "next" || name === "previous") this.step(name === "next" ? 1 : -1)
  }

  // Looks at another stretch, within what there is, and at no less than a few steps.
  lookAt(view, { settle = true } = {}) {
    const [low, high] = this.data.extent, least = Math.min(high - low, 4 * this.data.step)
    const size = Math.min(high - low, Math.max(least, view[1] - view[0]))
    let from = view[0] + (view[1] - view[0] - size) / 2
    from = Math.min(Math.max(from, low), high - size)
    this.view = [from, from + size]
    this.frame()
    if (settle) this.settleSoon()
  }

  zoom(factor, around) {
    const [a, b] = this.view
    this.lookAt([around - (around - a) * factor, around + (b - around) * factor])
  }

  pan(share) {
    const [a, b] = this.view, by = share * (b - a)
    this.lookAt([a + by, b + by])
  }

  wheel(event) {
    if (!this.scene) return
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY)
    // Without Ctrl the page itself is scrolled: who reads it must not be caught by a figure.
    if (!sideways && !event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    if (sideways) return this.pan(event.deltaX / this.scene.width)
    this.zoom(Math.exp(Math.sign(event.deltaY) * Math.min(0.35, Math.abs(event.deltaY) / 300)), this.scene.x.value(this.at(event)[0]))
  }

  at(event) {
    const box = this.part("stage").getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }

  press(event) {
    if (event.button !== 0 || !this.scene || event.target.closest(".marks")) return
    const here = this.at(event), stage = this.part("stage")
    stage.setPointerCapture(event.pointerId)
    this.pointers.set(event.pointerId, here)
    this.part("tip").hidden = true
    this.forgetMark()
    if (this.pointers.size === 2) return (this.held = { pinch: this.pinch(), view: this.view })
    const line = live.move && Math.abs(here[1] - this.level) <= GRIP
    this.held = { line, mark: event.shiftKey && !line && this.data.tells, start: here, view: this.view, moved: false }
    stage.classList.toggle("held", !line && !event.shiftKey)
  }

  pinch() {
    const [[a], [b]] = [...this.pointers.values()]
    return { middle: (a + b) / 2, apart: Math.max(20, Math.abs(a - b)) }
  }

  pull(event) {
    const here = this.at(event), { held } = this
    this.pointers.set(event.pointerId, here)
    if (!held) return
    const [a, b] = held.view, { left, right } = this.scene, scale = (b - a) / (right - left)
    if (held.pinch) {
      const now = this.pinch(), factor = held.pinch.apart / now.apart, around = a + (held.pinch.middle - left) * scale
      const from = around - (now.middle - left) * scale * factor
      return this.lookAt([from, from + (b - a) * factor])
    }
    if (Math.abs(here[0] - held.start[0]) >= CLICK || held.line) held.moved = true
    if (held.line) return live.move(this.scoreAxis.value(Math.min(Math.max(here[1], this.scene.score.top), this.scene.score.bottom)))
    if (!held.moved) return
    if (held.mark) {
      held.ends = [held.start[0], here[0]].map((place) => this.scene.x.value(Math.min(Math.max(place, left), right))).sort((p, q) => p - q)
      return this.drawOver(null, held.ends)
    }
    const by = (held.start[0] - here[0]) * scale
    this.lookAt([a + by, b + by])
  }

  release(event, abandoned = false) {
    const { held } = this
    this.pointers.delete(event.pointerId)
    this.part("stage").classList.remove("held")
    this.held = null
    if (!held || held.pinch || abandoned) return this.settleSoon()
    if (held.line) return held.moved ? live.commit?.() : null
    if (held.ends) return this.offerMark(held.ends)
    if (!held.moved) this.click(held.start)
    this.settleSoon()
  }

  click([a, b]) {
    const event = this.eventAt(a, b)
    if (event) return this.choose(event)
    const { stretch } = this
    if (!this.data.tells || !stretch?.full || a < this.scene.left || a > this.scene.right) return
    this.send("changed", { open: stretch.arrays.row[stretch.nearest(this.scene.x.value(a))] })
  }

  // The event whose range is at a place: above the lanes, or where its shade lies.
  eventAt(a, b) {
    if (b > this.scene.bottom) return null
    const slack = (3 * (this.view[1] - this.view[0])) / (this.scene.right - this.scene.left), at = this.scene.x.value(a)
    const near = this.data.events.filter(({ start, end }) => start - slack <= at && at <= end + slack)
    return near.sort((one, other) => other.score - one.score)[0] ?? null
  }

  choose(event) {
    this.event = event.number
    this.frame()
    this.send("changed", { event: event.number })
  }

  // The next event in time, or the one before: from the one that is open, else from the middle of the view.
  step(by) {
    const { events } = this.data, open = events.find(({ number }) => number === this.event), middle = (this.view[0] + this.view[1]) / 2
    const from = open ? open.start : middle
    const found = by > 0 ? events.find(({ start }) => start > from) : events.findLast(({ start }) => start < from)
    if (!found) return
    this.goTo(found)
    this.choose(found)
  }

  goTo({ start, end }) {
    const [a, b] = this.view
    if (start >= a && end <= b && end - start > 0.02 * (b - a)) return
    const around = Math.max(3 * (end - start), 60 * this.data.step)
    this.lookAt([start - around, end + around])
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target !== this.part("stage")) return
    const step = event.shiftKey ? 4 * KEY_STEP : KEY_STEP
    const acts = {
      ArrowLeft: () => this.pan(-step), ArrowRight: () => this.pan(step), "+": () => this.act("in"), "=": () => this.act("in"), "-": () => this.act("out"),
      0: () => this.act("all"), Home: () => this.lookAt([this.data.extent[0], this.data.extent[0] + this.view[1] - this.view[0]]),
      End: () => this.lookAt([this.data.extent[1] - this.view[1] + this.view[0], this.data.extent[1]]), n: () => this.step(1), p: () => this.step(-1),
      Escape: () => this.forgetMark(),
    }
    const act = acts[event.key] ?? acts[event.key.toLowerCase()]
    if (!act) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }

  // The overview: its brush is moved, its edges pulled, or another stretch is drawn.
  brush(event) {
    if (event.button !== 0 || !this.view) return
    const overview = this.part("overview"), place = this.overviewPlace(event), edge = event.target.dataset?.edge
    overview.setPointerCapture(event.pointerId)
    const inside = event.target.closest("[data-part=brush]")
    this.brushing = { edge, start: place, view: this.view, kind: edge ? "edge" : inside ? "move" : "draw" }
    event.preventDefault()
  }

  overviewPlace(event) {
    const box = this.part("overview").getBoundingClientRect(), [low, high] = this.data.extent
    return low + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (high - low)
  }

  brushed(event) {
    if (!this.brushing) return
    const { kind, edge, start, view } = this.brushing, here = this.overviewPlace(event)
    if (kind === "move") return this.lookAt([view[0] + here - start, view[1] + here - start])
    if (kind === "edge") return this.lookAt((edge === "from" ? [here, view[1]] : [view[0], here]).sort((a, b) => a - b))
    if (here !== start) this.lookAt([start, here].sort((a, b) => a - b))
    this.brushing.drawn ||= here !== start
  }

  brushDone() {
    const { brushing } = this
    this.brushing = null
    if (brushing?.kind === "draw" && !brushing.drawn) this.lookAt([brushing.start - (this.view[1] - this.view[0]) / 2, brushing.start + (this.view[1] - this.view[0]) / 2])
  }

  // What shall become of a stretch that was marked.
  offerMark(ends) {
    const offer = this.part("marks")
    this.marked = ends
    this.drawOver(null, ends)
    offer.hidden = false
    const middle = this.scene.x.place((ends[0] + ends[1]) / 2)
    offer.style.left = `${Math.min(Math.max(middle - 120, this.scene.left), this.scene.right - 250)}px`
  }

  forgetMark() {
    this.marked = null
    this.part("marks").hidden = true
    this.drawOver(null)
  }

  mark(verdict) {
    const ends = this.marked
    this.forgetMark()
    if (ends && verdict !== "nothing") this.send("changed", verdict === "select" ? { time: ends } : { verdict, range: ends })
  }
}
