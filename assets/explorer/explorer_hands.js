// What people do with the threshold explorer: the line that is dragged, keys, boxes, brushes and buttons.
const KEY_PAUSE_MS = 300
const CLICK_PIXELS = 4

class ExplorerHands extends ExplorerView {
  listen() {
    const stage = this.part("stage")
    stage.addEventListener("pointerdown", (event) => this.press(event))
    stage.addEventListener("pointermove", (event) => this.drag && this.pull(event))
    stage.addEventListener("pointerup", (event) => this.release(event))
    stage.addEventListener("pointercancel", () => this.abandon())
    stage.addEventListener("dblclick", () => this.setZoom(null))
    for (const handle of this.root.querySelectorAll("[data-line]")) {
      handle.addEventListener("keydown", (event) => this.key(event, handle.dataset.line))
      handle.addEventListener("blur", () => this.commit())
    }
    for (const input of this.root.querySelectorAll("[data-unit]")) this.listenToBox(input)
    for (const input of this.root.querySelectorAll("[data-cost]"))
      input.addEventListener("change", () => this.setCost(Number(input.dataset.cost), input))
    this.part("rows").addEventListener("change", (event) => this.set({ rows: event.target.value }))
    for (const button of this.root.querySelectorAll("[data-axis]"))
      button.addEventListener("click", () => this.toggle(button.dataset.axis))
    for (const button of this.root.querySelectorAll("[data-save]"))
      button.addEventListener("click", () => this.save(button.dataset.save))
    this.part("whole").addEventListener("click", () => this.setZoom(null))
    this.part("second").addEventListener("click", () => this.toggleSecond())
    this.part("swap").addEventListener("click", () => this.swap())
    this.part("reset").addEventListener("click", () => this.tell({ reset: true }))
    this.part("cheapest").addEventListener("click", () => this.toCheapest())
    for (const [name, , , cell] of CELLS)
      this.root.querySelector(`[data-cell=${name}]`).addEventListener("click", () => {
        this.set({ cell: this.cell === cell ? "" : cell })
        this.drawControls()
      })
    this.arrives = () => this.data && this.adopt()
    for (const name of ["anomalens-grid", "anomalens-selected"]) document.addEventListener(name, this.arrives)
    // Other views move the line too: a point of a curve, the line through the time line.
    live.move = (threshold) => this.grid && this.move("first", this.grid.nearest(threshold))
    live.commit = () => this.grid && this.commit()
    this.sizes = new ResizeObserver(() => this.redraw())
    this.sizes.observe(stage)
  }

  leave() {
    for (const name of ["anomalens-grid", "anomalens-selected"]) document.removeEventListener(name, this.arrives)
    this.sizes.disconnect()
  }

  stepAt(clientX) {
    const { x } = this.view
    const place = Math.min(Math.max(clientX - this.part("stage").getBoundingClientRect().left, x.from), x.to)
    const below = this.grid.step(x.value(place))
    const above = Math.min(below + 1, this.grid.steps.length - 1)
    const far = (step) => Math.abs(x.place(this.grid.steps[step]) - place)
    return far(above) < far(below) ? above : below
  }

  press(event) {
    if (event.button !== 0 || !this.view || event.target.closest("button, fieldset")) return
    const handle = event.target.closest("[data-line]")
    const left = this.part("stage").getBoundingClientRect().left
    this.drag = { line: handle?.dataset.line ?? null, start: event.clientX, left }
    this.part("stage").setPointerCapture(event.pointerId)
    if (handle) handle.focus({ focusVisible: false })
    event.preventDefault()
  }

  pull(event) {
    const { line, start, left } = this.drag
    if (line) return this.move(line, this.stepAt(event.clientX))
    const { x } = this.view
    const ends = [start, event.clientX].map((end) => Math.min(Math.max(end - left, x.from), x.to)).sort((a, b) => a - b)
    const band = this.part("band")
    band.hidden = ends[1] - ends[0] < CLICK_PIXELS
    Object.assign(band.style, { left: `${ends[0]}px`, width: `${ends[1] - ends[0]}px` })
    this.drag.ends = ends
  }

  release(event) {
    if (!this.drag) return
    const { line, ends, start, left } = this.drag
    this.abandon()
    if (line) return this.commit()
    if (ends && ends[1] - ends[0] >= CLICK_PIXELS) {
      if (this.root.querySelector("[name=drag]:checked").value === "zoom")
        return this.setZoom(ends.map((end) => this.view.x.value(end)))
      // Between two steps of the grid, so that their number is known at once and is the server's.
      return this.set({ band: ends.map((end) => this.grid.steps[this.stepAt(end + left)]) })
    }
    if (Math.abs(event.clientX - start) < CLICK_PIXELS && event.detail < 2) {
      this.move("first", this.stepAt(event.clientX))
      this.commit()
    }
  }

  abandon() {
    this.drag = null
    this.part("band").hidden = true
    // The views that wait until the line is let go of hear of it.
    if (this.grid) this.frame()
  }

  key(event, line) {
    const moves = {
      ArrowLeft: () => this.next(line, -1), ArrowDown: () => this.next(line, -1), ArrowRight: () => this.next(line, 1),
      ArrowUp: () => this.next(line, 1), PageDown: () => this.far(line, -1), PageUp: () => this.far(line, 1),
      Home: () => 0, End: () => this.grid.steps.length - 1,
    }
    if (!moves[event.key] || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    this.move(line, moves[event.key]())
    this.settle()
  }

  // The next step that changes something for the rows shown.
  next(line, way) {
    const { all } = this.grid.sums(this.parts)
    const step = this.line[line]
    let place = step + way
    while (place > 0 && place < all.length - 1 && all[place] === all[step]) place += way
    return place
  }

  // A twentieth of the axis further, and at least one step.
  far(line, way) {
    const { x } = this.view
    const place = x.place(this.grid.steps[this.line[line]]) + (way * (x.to - x.from)) / 20
    const found = this.grid.step(x.value(place))
    return way > 0 ? Math.max(found, this.next(line, 1)) : Math.min(found, this.next(line, -1))
  }

  // Keys are let go of when none has come for a while.
  settle() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.commit(), KEY_PAUSE_MS)
  }

  listenToBox(input) {
    input.addEventListener("input", () => (input.dataset.typing = "yes"))
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.typed(input)
      if (event.key === "Escape") this.untype(input)
      if (event.key === "ArrowUp" || event.key === "ArrowDown") {
        event.preventDefault()
        this.untype(input)
        // Up raises what the box says: a higher false-positive rate is a lower threshold.
        const up = (event.key === "ArrowUp") !== (input.dataset.unit === "fpr")
        this.move("first", this.next("first", up ? 1 : -1))
        this.settle()
      }
    })
    input.addEventListener("change", () => this.typed(input))
    input.addEventListener("blur", () => this.commit())
  }

  untype(input) {
    delete input.dataset.typing
    input.removeAttribute("aria-invalid")
    this.writeBoxes()
  }

  typed(input) {
    if (!input.dataset.typing) return
    const unit = input.dataset.unit
    const value = Number(input.value.trim().replace(",", "."))
    const problem = input.value.trim() === "" || !Number.isFinite(value) ? "Type a number, such as 99.5."
      : unit !== "value" && (value < 0 || value > 100) ? "Type a number between 0 and 100." : ""
    input.setAttribute("aria-invalid", Boolean(problem))
    const place = this.part("problem")
    place.hidden = !problem
    put(place, problem)
    if (problem) return
    delete input.dataset.typing
    input.removeAttribute("aria-invalid")
    this.moved = {}
    clearTimeout(this.timer)
    this.tell({ rule: unit, number: unit === "fpr" ? value / 100 : value })
  }

  set(what) {
    Object.assign(this, what)
    this.tell(what)
    this.redraw()
  }

  setZoom(zoom) {
    if (zoom === null && this.zoom === null) return
    this.set({ zoom })
  }

  toggle(axis) {
    const axes = new Set(this.axes)
    if (!axes.delete(axis)) axes.add(axis)
    this.axes = axes
    this.drawControls()
    this.tell({ axes: [...axes] })
    this.redraw()
  }

  setCost(which, input) {
    const value = Number(input.value.trim().replace(",", "."))
    const wrong = !Number.isFinite(value) || value < 0 || input.value.trim() === ""
    input.setAttribute("aria-invalid", wrong)
    if (wrong) return
    this.costs[which] = value
    this.tell({ costs: this.costs })
    this.frame()
  }

  toggleSecond() {
    this.line.second = this.line.second === null ? this.line.first : null
    this.drawControls()
    this.moved.second = true
    // The second line begins where the first stands; half a page beside it, so that both can be taken hold of.
    if (this.line.second !== null) {
      const { x } = this.view
      const here = x.place(this.threshold), room = (x.to - x.from) / 8
      this.line.second = this.grid.step(x.value(here + room < x.to ? here + room : here - room))
    }
    this.tellLines()
  }

  swap() {
    this.line = { first: this.line.second, second: this.line.first }
    this.moved = { first: true, second: true }
    this.tellLines()
  }

  tellLines() {
    this.commit()
    this.redraw()
  }

  toCheapest() {
    const { kinds } = this.grid.sums(this.parts)
    // Without labels of both classes every threshold costs the same.
    if (!kinds[0][0] || !kinds[1][0]) return
    const weights = weightsOf(this.data.rates, this.parts)
    let [best, least] = [this.line.first, Infinity]
    for (let i = 0; i < this.grid.steps.length; i++) {
      const cost = this.costs[0] * weights[1] * (kinds[1][0] - kinds[1][i]) + this.costs[1] * weights[0] * kinds[0][i]
      if (cost < least) [best, least] = [i, cost]
    }
    this.move("first", best)
    this.commit()
  }
}
