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
    this.drawAllBars(new CanvasPen(sharp(this.part("bars"), width, height), this.look.font))
    this.writeHead()
    this.drawLines()
  }

  // The rows that are selected stand out of all others, in the same bins.
  drawAllBars(pen) {
    const chosen = this.chosenGrid()
    drawBars(pen, this.view, { ...this.barOptions(), faded: Boolean(chosen) })
    if (!chosen) return
    const bins = chosen.histogram(this.parts, this.axes.has("log-scores"), this.grid.sums(this.parts).all[0])
    drawBars(pen, { ...this.view, bins, tops: binTops(bins, this.axes.has("stacked")) }, { ...this.barOptions(), over: true })
  }

  // The selected rows as the server counted them; null where nothing is selected that it has to count.
  countedGrid() {
    return countedOn(this.grid, this.data.selected, this.parts)
  }

  // The selected rows between the ends of a band and in a cell of the matrix as well; null where nothing is selected.
  chosenGrid() {
    const grid = this.countedGrid()
    // A band between two steps was counted by the server.
    const band = this.band?.map((end) => this.grid.step(end))
    const known = band?.every((step, i) => this.grid.steps[step] === this.band[i])
    if (!known && !this.cell) return grid
    const what = [this.data.selected?.token, known && this.band.join(), this.cell, this.cell && this.line.first].join("|")
    if (this.chosen?.what === what && this.chosen.from === (grid ?? this.grid)) return this.chosen.grid
    let [from, to] = known ? band : [0, this.grid.steps.length - 1]
    const [, label, over] = SIDES.find(([name]) => name === this.cell) ?? [null, null, null]
    if (over === true) from = Math.max(from, this.line.first)
    if (over === false) to = Math.min(to, this.line.first)
    this.chosen = { what, from: grid ?? this.grid, grid: (grid ?? this.grid).between(from, to, label) }
    return this.chosen.grid
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
    const counted = this.countedGrid(), chosen = this.chosenGrid()
    const at = (grid, step) => (grid === null || step === null ? null : outcome(grid, step, this.parts, this.prices()))
    const all = at(this.grid, this.line.first)
    const found = at(counted, this.line.first) ?? all, other = at(counted ?? this.grid, this.line.second)
    this.numbers.show(found, other, counted ? all : null)
    // The selection follows the line where it is a cell of the matrix.
    if (this.cell && this.drawnAt !== this.line.first) {
      this.drawAllBars(new CanvasPen(sharp(this.part("bars"), this.width, this.height), this.look.font))
      this.writeHead()
    }
    this.drawnAt = this.line.first
    this.placeBand(x)
    this.placeHandle("first", x, found)
    this.placeHandle("second", x, other)
    this.writeBoxes()
    this.writeSentence(found)
    for (const place of document.querySelectorAll("[data-live=flagged]")) put(place, count(all.flagged))
    if (chosen) {
      const { flagged } = chosen.at(this.line.first, this.parts)
      for (const place of document.querySelectorAll("[data-live=selected-flagged]")) put(place, count(flagged))
    }
    const second = this.line.second === null ? null : this.grid.steps[this.line.second]
    live.tell({ key: this.data.key, grid: this.grid, parts: this.parts, step: this.line.first, threshold: this.threshold,
      secondStep: this.line.second, second, found: all, counted, selected: Boolean(chosen), logScores: this.axes.has("log-scores") })
  }

  prices() {
    return { costs: this.costs, perDay: this.data.perDay, rows: this.grid.sums(this.parts).all[0] }
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
    put(middle, ` of the ${count(found.rows)} ${this.countedGrid() ? "selected " : ""}rows score above `)
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
    const chosen = this.chosenGrid()
    const selected = chosen && chosen.at(0, this.parts).rows
    this.subtitle = `${chosen ? `${count(selected)} selected of ` : ""}${count(rows)} rows, ${title.toLowerCase()}`
    if (beyond) this.subtitle += `, ${count(beyond)} of them further right, counted by the last bar`
    put(this.part("subtitle"), this.subtitle)
    const legend = this.part("legend")
    legend.replaceChildren()
    this.legend = []
    for (const j of [1, 0, 2]) {
      const n = this.grid.sums(this.parts).kinds[j][0]
      if (!n) continue
      const of = chosen ? `${count(chosen.sums(this.parts).kinds[j][0])} of ${count(n)}` : count(n)
      const [colour, words] = [classColour(this.look, j, this.data.labelled), `${classWords(j, this.data.labelled)} (${of})`]
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

  save(format) {
    const [width, height] = [this.width, this.height]
    download(format, {
      title: "Anomaly scores", subtitle: this.subtitle, name: this.data.name, look: this.look, width, height,
      draw: (pen) => {
        this.drawAllBars(pen)
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
