// What the threshold explorer shows: the bars, the lines and their words, the rows that are selected over the faded whole.
class ExplorerView {
  part(name) {
    return this.root.querySelector(`[data-part=${name}]`)
  }

  get parts() {
    return this.data.choices.find(([name]) => name === this.rows)[2]
  }

  get threshold() {
    return this.grid.steps[this.line.first]
  }

  redraw() {
    if (!this.grid) return
    const stage = this.part("stage")
    const [width, height] = [stage.clientWidth, stage.clientHeight]
    if (!width) return
    Object.assign(this, { width, height })
    this.view = this.axesFor(width, height)
    const canvas = (name) => new CanvasPen(sharp(this.part(name), width, height), this.look.font)
    const chosen = this.chosenGrid()
    drawBars(canvas("bars"), this.view, { ...this.barOptions(), faded: Boolean(chosen) })
    this.part("window").hidden = !chosen
    if (chosen) this.drawChosen(canvas("over"), chosen)
    this.writeHead()
    this.drawLines()
  }

  // The rows that are selected stand out of all others, in the same bins.
  drawChosen(pen, chosen) {
    const bins = chosen.histogram(this.parts, this.axes.has("log-scores"), this.grid.sums(this.parts).all[0])
    drawBars(pen, { ...this.view, bins, tops: binTops(bins, this.axes.has("stacked")) }, { ...this.barOptions(), over: true })
  }

  // Of a cell of the matrix the side of the line that it is on shows through a window, which the compositor moves.
  placeWindow(x) {
    const window = this.part("window"), [, , over] = this.side
    let shift = 0
    if (over !== null) {
      const place = Math.min(Math.max(x.place(this.threshold), x.from), x.to)
      shift = over ? place : place - this.width
    }
    window.style.transform = `translateX(${shift}px)`
    window.firstElementChild.style.transform = `translateX(${-shift}px)`
  }

  // The label and the side of the line of the cell that is selected.
  get side() {
    return SIDES.find(([name]) => name === this.cell) ?? [null, null, null]
  }

  // The selected rows as the server counted them; null where nothing is selected that it has to count.
  countedGrid() {
    return countedOn(this.grid, this.data.selected, this.parts)
  }

  // The rows that numbers and curves are about: those selected, between the ends of a band too; null where nothing
  // is. A cell of the matrix is made by the line itself, and would make every number 0 or 1.
  withinGrid() {
    const grid = this.countedGrid()
    // A band between two steps was counted by the server.
    const band = this.band?.map((end) => this.grid.step(end))
    if (!band?.every((step, i) => this.grid.steps[step] === this.band[i])) return grid
    const what = this.band.join(), from = grid ?? this.grid
    if (this.within?.what !== what || this.within.from !== from) this.within = { what, from, grid: from.between(...band) }
    return this.within.grid
  }

  // The selected rows of a cell's class, on both sides of the line; null where nothing is selected.
  chosenGrid() {
    const grid = this.withinGrid(), { cell } = this
    if (!cell) return grid
    const from = grid ?? this.grid
    if (this.chosen?.cell !== cell || this.chosen.from !== from)
      this.chosen = { cell, from, grid: from.between(0, from.steps.length - 1, this.side[1]) }
    return this.chosen.grid
  }

  // How many rows are selected, of one class or of all, and how many of them are flagged.
  chosenSize(chosen, kind = null) {
    const { kinds, all } = chosen.sums(this.parts), counts = kind === null ? all : kinds[kind], [, , over] = this.side
    const [rows, flagged] = [counts[0], counts[this.line.first]]
    return over === null ? { rows, flagged } : over ? { rows: flagged, flagged } : { rows: rows - flagged, flagged: 0 }
  }

  axesFor(width, height) {
    const lines = [this.line.first, this.line.second].filter((line) => line !== null).map((step) => this.grid.steps[step])
    return histogramAxes(this.grid, this.parts, {
      width, height, lines, zoom: this.zoom,
      logScores: this.axes.has("log-scores"), logCounts: this.axes.has("log-counts"), stacked: this.axes.has("stacked"),
    })
  }

  barOptions() {
    return { look: this.look, labelled: this.data.labelled, stacked: this.axes.has("stacked"), say: this.say }
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
    const counted = this.countedGrid(), within = this.withinGrid(), chosen = this.chosenGrid()
    const at = (grid, step) => (grid === null || step === null ? null : outcome(grid, step, this.parts, this.prices()))
    const all = at(this.grid, this.line.first)
    const found = at(within, this.line.first) ?? all, other = at(within ?? this.grid, this.line.second)
    this.numbers.show(found, other, within ? all : null)
    this.placeBand(x)
    this.placeHandle("first", x, found)
    this.placeHandle("second", x, other)
    this.writeBoxes()
    this.writeSentence(found)
    const told = { flagged: all.flagged, caught: all.truePositives, alarms: all.falsePositives }
    for (const [name, number] of Object.entries(told))
      for (const place of document.querySelectorAll(`[data-live=${name}]`)) put(place, count(number))
    if (chosen) {
      const { flagged } = this.chosenSize(chosen)
      for (const place of document.querySelectorAll("[data-live=selected-flagged]")) put(place, count(flagged))
      this.placeWindow(x)
      // A cell's rows change hands with the line.
      if (this.cell) this.writeCounts(chosen)
    }
    const second = this.line.second === null ? null : this.grid.steps[this.line.second]
    live.tell({ key: this.data.key, grid: this.grid, parts: this.parts, step: this.line.first, threshold: this.threshold,
      secondStep: this.line.second, second, found: all, counted, within,
      token: within && `${this.data.selected?.token ?? ""}|${this.band ?? ""}`, selected: Boolean(chosen), logScores: this.axes.has("log-scores"),
      held: Boolean(this.drag) })
  }

  prices() {
    return { costs: this.costs, rates: this.data.rates, whole: this.grid }
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
    const words = this.say(`${number(threshold, 4)}, ${count(found.flagged)} of ${count(found.rows)} rows flagged${quality}`)
    handle.setAttribute("aria-valuetext", words)
  }

  // The three units; the one that sets the threshold shows the very number it was set by.
  writeBoxes() {
    const units = inUnits(this.grid, this.line.first, this.data.reference)
    const typed = !this.moved.first && this.threshold === this.said.threshold ? this.said.rule : "value"
    for (const input of this.root.querySelectorAll("[data-unit]")) {
      const unit = input.dataset.unit
      input.parentElement.dataset.set = unit === typed
      // Without labels nobody knows a false alarm.
      input.parentElement.hidden = unit === "fpr" && !this.data.labelled
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
      if (rule === "percentile") why = this.say(`, the percentile of ${count(reference.rows)} ${reference.words} rows`)
      else if (rule === "fpr") why = this.say(`, set on ${count(reference.rows)} ${reference.words} rows`)
      else if (this.said.by) why = `, set by ${this.said.by}`
    }
    const line = this.part("said")
    if (!line.firstChild) line.append(made("b", {}), "", made("b", {}), "")
    const [part, middle, place, end] = line.childNodes
    put(part, share(found.plainShare))
    // A cell is made by the line itself: the numbers are of what the rest of the selection leaves.
    const which = !this.withinGrid() ? "rows" : this.cell ? "rows that the rest of the selection leaves" : "selected rows"
    put(middle, this.say(` of the ${count(found.rows)} ${which} score above `))
    put(place, number(this.threshold, 5))
    const unknown = this.data.labelled && found.unknown ? this.say(` ${count(found.unknown)} rows without a label are left out of the matrix.`) : ""
    const changed = this.data.rates.changed && this.parts.join() === this.data.rates.judged.join() && !this.withinGrid()
    const came = changed ? this.say(` They stand for ${share(found.share)} of the data as it came: the split has changed the mix.`) : ""
    put(end, `${why}.${came}${unknown}`)
    const problem = this.part("problem")
    problem.hidden = !this.said.problem
    put(problem, this.said.problem)
  }

  writeHead() {
    const legend = this.part("legend")
    legend.replaceChildren()
    this.legend = []
    for (const j of [1, 0, 2]) {
      const n = this.grid.sums(this.parts).kinds[j][0]
      if (!n) continue
      const swatch = made("i", {}), words = made("span", {}), colour = classColour(this.look, j, this.data.labelled)
      swatch.style.background = colour
      this.legend.push({ colour, words, kind: j, n })
      legend.append(swatch, words)
    }
    this.writeCounts(this.chosenGrid())
    this.part("whole").hidden = !this.zoom
    this.part("bars").setAttribute("aria-label", `Histogram of the anomaly scores: ${this.subtitle}`)
  }

  // How many rows there are, and how many of them are selected.
  writeCounts(chosen) {
    const { rows } = this.grid.at(0, this.parts), { beyond } = this.view.bins
    const [, title] = this.data.choices.find(([name]) => name === this.rows)
    this.subtitle = this.say(`${chosen ? `${count(this.chosenSize(chosen).rows)} selected of ` : ""}${count(rows)} rows, ${title.toLowerCase()}`)
    if (beyond) this.subtitle += `, ${count(beyond)} of them further right, counted by the last bar`
    put(this.part("subtitle"), this.subtitle)
    for (const { words, kind, n } of this.legend) {
      const of = chosen ? `${count(this.chosenSize(chosen, kind).rows)} of ${count(n)}` : count(n)
      put(words, `${this.say(classWords(kind, this.data.labelled))} (${of})`)
    }
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

  save(format) {
    const [width, height] = [this.width, this.height]
    download(format, {
      title: "Anomaly scores", subtitle: this.subtitle, name: this.data.name, look: this.look, width, height,
      draw: (pen) => {
        const chosen = this.chosenGrid(), { x, y } = this.view, [, , over] = this.side
        drawBars(pen, this.view, { ...this.barOptions(), faded: Boolean(chosen) })
        const line = over === null ? x.from : Math.min(Math.max(x.place(this.threshold), x.from), x.to)
        const [from, to] = over === false ? [x.from, line] : [line, x.to]
        if (chosen) pen.inside(from, y.to, to - from, y.from - y.to, () => this.drawChosen(pen, chosen))
        this.strokes(pen, this.view)
        let place = width - 14
        for (const { colour, words: { textContent: words } } of [...this.legend].reverse()) {
          pen.text(words, place, -40, { fill: this.look.text, align: "right" })
          place -= 6.2 * words.length + 8
          pen.circle(place, -44, 5, { fill: colour })
          place -= 16
        }
      },
    })
  }
}
