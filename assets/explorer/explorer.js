// The threshold explorer: everything that follows from the line is counted here, frame by frame, from the run's grid.
// The server hears of it once, when the line is let go of, and writes it into the address.
const KEY_PAUSE_MS = 300
const CLICK_PIXELS = 4

class Explorer {
  constructor(root) {
    this.root = root
    this.turn = null
    // Steps of the grid, and which of them were moved since the server heard of them.
    this.line = { first: 0, second: null }
    this.moved = {}
    this.numbers = new Numbers(root)
    this.drag = null
    this.listen()
  }

  part(name) {
    return this.root.querySelector(`[data-part=${name}]`)
  }

  // New words from the server. What the user has done since it spoke stays as it is.
  take(data, send) {
    this.send = send
    const first = this.turn === null || this.data.key !== data.key
    const heard = first || data.turn >= this.turn
    this.data = data
    if (heard && !this.drag) {
      this.turn = data.turn
      Object.assign(this, { rows: data.rows, axes: new Set(data.axes), zoom: data.zoom, costs: [...data.costs],
        band: data.band, cell: data.cell })
      this.said = data.cut
      this.pending = { first: data.cut.threshold, second: data.second }
    }
    this.look = lookOf(this.root, data.colours)
    for (const name of ["normal", "anomaly", "accent", "threshold", "muted"])
      this.root.style.setProperty(`--${name}`, data.colours[name])
    this.adopt()
  }

  // Puts the lines where the server's words have them, as soon as the grid is there.
  adopt() {
    const base = live.grids.get(this.data?.key)
    if (!base) return
    this.base = base
    if (this.pending) {
      this.grid = base.with(this.said.threshold, this.said.above)
      this.line = {
        first: this.grid.step(this.pending.first),
        second: this.pending.second === null ? null : this.grid.step(this.pending.second),
      }
      this.pending = null
    }
    this.grid ??= base
    this.numbers.prepare(this.data.labelled, this.data.perDay)
    this.drawControls()
    this.root.dataset.ready = "true"
    this.redraw()
  }

  get parts() {
    return this.data.choices.find(([name]) => name === this.rows)[2]
  }

  get threshold() {
    return this.grid.steps[this.line.first]
  }

  // Says to the server what was done; everything said so far is in the address then.
  tell(what) {
    this.turn += 1
    this.send("changed", { ...what, turn: this.turn })
  }

  commit() {
    clearTimeout(this.timer)
    const { first, second } = this.moved
    if (!first && !second) return
    this.moved = {}
    const what = {}
    if (second) what.second = this.line.second === null ? null : this.grid.steps[this.line.second]
    if (first) {
      what.threshold = this.threshold
      this.said = { ...this.said, rule: "value", number: this.threshold, threshold: this.threshold, own: false, problem: "" }
    }
    this.tell(what)
    this.redraw()
  }

  move(line, step) {
    const place = Math.min(Math.max(step, 0), this.grid.steps.length - 1)
    if (place === this.line[line]) return
    this.line[line] = place
    this.moved[line] = true
    this.frame()
  }

  // One frame at most is drawn for any number of moves.
  frame() {
    this.asked ??= requestAnimationFrame(() => {
      this.asked = null
      this.drawLines()
    })
  }

  redraw() {
    if (!this.grid) return
    const stage = this.part("stage")
    const [width, height] = [stage.clientWidth, stage.clientHeight]
    if (!width) return
    Object.assign(this, { width, height })
    this.view = this.axesFor(width, height)
    const pen = new CanvasPen(sharp(this.part("bars"), width, height), this.look.font)
    drawBars(pen, this.view, this.barOptions())
    this.writeHead()
    this.drawLines()
  }

  axesFor(width, height) {
    const lines = [this.line.first, this.line.second].filter((line) => line !== null).map((step) => this.grid.steps[step])
    return histogramAxes(this.grid, this.parts, {
      width, height, lines, zoom: this.zoom,
      logScores: this.axes.has("log-scores"), logCounts: this.axes.has("log-counts"), stacked: this.axes.has("stacked"),
    })
  }

  barOptions() {
    return { look: this.look, labelled: this.data.labelled, stacked: this.axes.has("stacked") }
  }

  lineWords(line) {
    const threshold = number(this.grid.steps[this.line[line]], 4)
    if (line === "second") return `B ${threshold}`
    return this.line.second === null ? `flagged above ${threshold}` : `A ${threshold}`
  }

  strokes(pen, { x, y }) {
    pen.inside(x.from - 1, y.to - 1, x.to - x.from + 2, y.from - y.to + 2, () => {
      for (const line of ["second", "first"]) {
        if (this.line[line] === null) continue
        const options = { look: this.look, words: this.lineWords(line), second: line === "second" }
        drawLine(pen, x, y, this.grid.steps[this.line[line]], options)
      }
    })
  }

  // What is drawn anew in each frame while a line is moved.
  drawLines() {
    if (!this.view) return
    const { x } = this.view
    const found = outcome(this.grid, this.line.first, this.parts, this.prices())
    const other = this.line.second === null ? null : outcome(this.grid, this.line.second, this.parts, this.prices())
    this.numbers.show(found, other)
    this.placeBand(x)
    this.placeHandle("first", x, found)
    this.placeHandle("second", x, other)
    this.writeBoxes()
    this.writeSentence(found)
    for (const place of document.querySelectorAll("[data-live=flagged]")) put(place, count(found.flagged))
    const second = this.line.second === null ? null : this.grid.steps[this.line.second]
    live.tell({ key: this.data.key, grid: this.grid, parts: this.parts, step: this.line.first, threshold: this.threshold,
      secondStep: this.line.second, second, found })
  }

  prices() {
    return { costs: this.costs, perDay: this.data.perDay }
  }

  // The scores that are selected.
  placeBand(x) {
    const band = this.part("chosen")
    band.hidden = !this.band
    if (!this.band) return
    const [a, b] = this.band.map((end) => Math.min(Math.max(x.place(end), x.from), x.to))
    Object.assign(band.style, { left: `${a}px`, width: `${Math.max(1, b - a)}px` })
  }

  placeHandle(line, x, found) {
    const handle = this.root.querySelector(`[data-line=${line}]`)
    handle.hidden = found === null
    if (found === null) return
    const threshold = this.grid.steps[this.line[line]]
    const place = Math.min(Math.max(x.place(threshold), x.from), x.to)
    handle.style.transform = `translateX(${place}px)`
    if (line === "first") this.part("tint").style.transform = `translateX(${place - x.from}px)`
    handle.classList.toggle("flipped", isFarRight(x, place))
    put(handle.querySelector("em"), this.lineWords(line))
    const ends = { valuemin: this.grid.steps[0], valuemax: this.grid.steps.at(-1), valuenow: threshold }
    for (const [name, value] of Object.entries(ends)) handle.setAttribute(`aria-${name}`, value)
    const quality = this.data.labelled ? `, precision ${share(found.precision)}, recall ${share(found.recall)}` : ""
    const words = `${number(threshold, 4)}, ${count(found.flagged)} of ${count(found.rows)} rows flagged${quality}`
    handle.setAttribute("aria-valuetext", words)
  }

  // The three units; the one that sets the threshold shows the very number it was set by.
  writeBoxes() {
    const units = inUnits(this.grid, this.line.first, this.data.reference)
    const typed = !this.moved.first && this.threshold === this.said.threshold ? this.said.rule : "value"
    for (const input of this.root.querySelectorAll("[data-unit]")) {
      const unit = input.dataset.unit
      input.parentElement.dataset.set = unit === typed
      if (input === this.root.getRootNode().activeElement && input.dataset.typing) continue
      let value = units[unit]
      if (unit === typed && unit !== "value") value = Number((this.said.number * (unit === "fpr" ? 100 : 1)).toPrecision(10))
      const words = value === null ? "" : String(value)
      if (input.value !== words) input.value = words
      input.disabled = value === null
    }
    this.part("reset").disabled = this.said.own && !this.moved.first
  }

  writeSentence(found) {
    const { rule } = this.said
    const reference = this.data.reference[rule]
    let why = ""
    if (!this.moved.first && this.threshold === this.said.threshold) {
      if (rule === "percentile") why = `, the percentile of ${count(reference.rows)} ${reference.words} rows`
      else if (rule === "fpr") why = `, set on ${count(reference.rows)} ${reference.words} rows`
      else if (this.said.by) why = `, set by ${this.said.by}`
    }
    const line = this.part("said")
    if (!line.firstChild) line.append(made("b", {}), "", made("b", {}), "")
    const [part, middle, place, end] = line.childNodes
    put(part, share(found.share))
    put(middle, ` of the ${count(found.rows)} rows score above `)
    put(place, number(this.threshold, 5))
    const unknown = this.data.labelled && found.unknown ? ` ${count(found.unknown)} rows without a label are left out of the matrix.` : ""
    put(end, `${why}.${unknown}`)
    const problem = this.part("problem")
    problem.hidden = !this.said.problem
    put(problem, this.said.problem)
  }

  writeHead() {
    const { rows } = this.grid.at(0, this.parts)
    const beyond = this.view.bins.beyond
    const [, title] = this.data.choices.find(([name]) => name === this.rows)
    this.subtitle = `${count(rows)} rows, ${title.toLowerCase()}`
    if (beyond) this.subtitle += `, ${count(beyond)} of them further right, counted by the last bar`
    put(this.part("subtitle"), this.subtitle)
    const legend = this.part("legend")
    legend.replaceChildren()
    this.legend = []
    for (const j of [1, 0, 2]) {
      const n = this.grid.sums(this.parts).kinds[j][0]
      if (!n) continue
      const [colour, words] = [classColour(this.look, j, this.data.labelled), `${classWords(j, this.data.labelled)} (${count(n)})`]
      this.legend.push([colour, words])
      const swatch = made("i", {})
      swatch.style.background = colour
      legend.append(swatch, words)
    }
    this.part("whole").hidden = !this.zoom
    this.part("bars").setAttribute("aria-label", `Histogram of the anomaly scores: ${this.subtitle}`)
  }

  drawControls() {
    const place = this.part("rows").querySelector(".choices")
    const names = this.data.choices.map(([name]) => name).join()
    if (place.dataset.names !== names) {
      place.dataset.names = names
      place.replaceChildren()
      for (const [name, words] of this.data.choices) {
        const label = made("label", {})
        label.append(made("input", { type: "radio", name: "rows", value: name }), words)
        place.append(label)
      }
    }
    for (const input of place.querySelectorAll("input")) input.checked = input.value === this.rows
    for (const button of this.root.querySelectorAll("[data-axis]")) {
      button.setAttribute("aria-pressed", this.axes.has(button.dataset.axis))
      button.hidden = button.dataset.axis === "log-scores" && !this.base.log.length
    }
    this.part("second").setAttribute("aria-pressed", this.line.second !== null)
    this.part("swap").disabled = this.line.second === null
    // A report has no rows to select from.
    const selects = "band" in this.data
    this.root.querySelector(".modes").hidden = !selects
    for (const [name, , , cell] of CELLS) {
      const button = this.root.querySelector(`[data-cell=${name}]`)
      button.disabled = !selects
      if (selects) button.setAttribute("aria-pressed", this.cell === cell)
    }
    for (const input of this.root.querySelectorAll("[data-cost]")) input.value = String(this.costs[input.dataset.cost])
    put(this.part("unlabelled"), this.data.unlabelled)
    this.part("unlabelled").hidden = this.data.labelled
  }

  // ---- what the user does ----
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
    document.addEventListener("anomalens-grid", this.arrives)
    this.sizes = new ResizeObserver(() => this.redraw())
    this.sizes.observe(stage)
  }

  leave() {
    document.removeEventListener("anomalens-grid", this.arrives)
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
    let [best, least] = [this.line.first, Infinity]
    for (let i = 0; i < this.grid.steps.length; i++) {
      const cost = this.costs[0] * (kinds[1][0] - kinds[1][i]) + this.costs[1] * kinds[0][i]
      if (cost < least) [best, least] = [i, cost]
    }
    this.move("first", best)
    this.commit()
  }

  save(format) {
    const [width, height] = [this.width, this.height]
    download(format, {
      title: "Anomaly scores", subtitle: this.subtitle, name: this.data.name, look: this.look, width, height,
      draw: (pen) => {
        drawBars(pen, this.view, this.barOptions())
        this.strokes(pen, this.view)
        let place = width - 14
        for (const [colour, words] of [...this.legend].reverse()) {
          pen.text(words, place, -40, { fill: this.look.text, align: "right" })
          place -= 6.2 * words.length + 8
          pen.circle(place, -44, 5, { fill: colour })
          place -= 16
        }
      },
    })
  }
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".explorer")
  root.explorer ??= new Explorer(root)
  root.explorer.take(data, setTriggerValue)
  return () => root.explorer.leave()
}
