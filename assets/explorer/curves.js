// The curves that follow from the grid, and where the threshold stands on them while it is moved elsewhere on the page.
const KINDS = {
  roc: { words: "ROC", title: "ROC curve", x: "False-positive rate", y: "Recall (true-positive rate)" },
  precision: { words: "Precision-recall", title: "Precision and recall", x: "Recall", y: "Precision" },
  det: { words: "DET", title: "Detection error trade-off", x: "False-positive rate", y: "Miss rate (1 - recall)" },
  rejection: { words: "1/ε_b", title: "Background rejection", x: "Signal efficiency ε_s", y: "Background rejection 1/ε_b" },
  confusion: { words: "Confusion", title: "Confusion matrix" },
}
const MARGIN = { left: 66, right: 16, top: 10, bottom: 46 }
const NEAR_PIXELS = 30

class Curves {
  constructor(root) {
    this.root = root
    this.listen()
  }

  part(name) {
    return this.root.querySelector(`[data-part=${name}]`)
  }

  take(data, send) {
    Object.assign(this, { data, send, kind: data.kind })
    this.look = lookOf(this.root, data.colours)
    this.say = sayer(data.nouns)
    linkHelp(this.root, data.help)
    for (const [name, value] of Object.entries(data.colours)) this.root.style.setProperty(`--${name}`, value)
    this.part("efficiency").value = String(data.rejection?.signal ?? 0.3)
    this.redraw()
  }

  // Another place of the line: only the mark is drawn anew, unless other rows are shown.
  follow(now) {
    if (!this.data || now.key !== this.data.key) return
    const same = this.now && this.now.grid === now.grid && this.now.within === now.within && this.now.parts.join() === now.parts.join()
    this.now = now
    if (same) this.drawPoint()
    else this.redraw()
  }

  // What is shown: the rows within the selection where there is one, else all.
  get grid() {
    return this.now.within ?? this.now.grid
  }

  get found() {
    return this.now.within ? this.now.within.at(this.now.step, this.now.parts) : this.now.found
  }

  get rows() {
    return this.data.choices.find(([name, , parts]) => parts.join() === this.now.parts.join() || name === this.data.rows)
  }

  redraw() {
    this.drawChoices()
    const stage = this.part("stage"), now = this.now
    const [width, height] = [stage.clientWidth, stage.clientHeight]
    if (!now || !width || now.key !== this.data.key) return
    Object.assign(this, { width, height })
    this.points = this.kind === "confusion" ? [] : this.grid.curve(this.kind, now.parts)
    // All rows' curve stands faded behind that of the selected ones.
    this.behind = this.kind === "confusion" || !now.within ? [] : now.grid.curve(this.kind, now.parts)
    this.view = this.points.length ? this.axes() : null
    const { normal, anomalies } = this.found
    const none = !this.data.labelled || !normal || !anomalies
    this.part("none").hidden = !none
    this.root.classList.toggle("empty", none && !this.data.labelled)
    put(this.part("none"), none ? this.whyNone() : "")
    const pen = new CanvasPen(sharp(this.part("line"), width, height), this.look.font)
    if (!none) this.drawCurve(pen)
    this.none = none
    this.writeHead()
    this.drawPoint()
  }

  whyNone() {
    const rows = this.data.choices.find(([, , parts]) => parts.join() === this.now.parts.join())?.[1].toLowerCase()
    const which = this.now.within ? "selected rows" : "rows shown"
    const { normal, anomalies } = this.found
    const found = normal || anomalies ? "there is only one class" : "none has a label"
    const needs = this.data.labelled ? `Among the ${which} (${rows}) ${found}` : "It needs labels"
    return this.say(`This curve compares anomalies with normal rows. ${needs}, so there is nothing to draw.`)
  }

  axes() {
    const { normal, anomalies } = this.found
    const [left, right, bottom, top] = [MARGIN.left, this.width - MARGIN.right, this.height - MARGIN.bottom, MARGIN.top]
    if (this.kind === "det") {
      // Half a row is the least that such an axis can tell.
      const low = (n) => Math.max(1e-6, Math.min(0.4 / n, 0.02))
      return { x: new Axis("probit", low(normal), 0.995, left, right), y: new Axis("probit", low(anomalies), 0.995, bottom, top) }
    }
    const x = new Axis("linear", -0.015, 1.03, left, right)
    if (this.kind !== "rejection") return { x, y: new Axis("linear", -0.015, 1.03, bottom, top) }
    const tallest = Math.max(10, this.data.rejection?.value ?? 1, ...[...this.points, ...this.behind].map(([, value]) => value))
    return { x, y: new Axis("log", 0.9, tallest ** 1.06, bottom, top) }
  }

  drawCurve(pen) {
    if (this.kind === "confusion") return this.drawMatrix(pen)
    if (!this.view) return
    const { x, y } = this.view, { look } = this, names = KINDS[this.kind]
    const percent = this.kind !== "rejection"
    drawAxes(pen, x, y, { look, xTitle: names.x, yTitle: names.y, xPercent: true, yPercent: percent })
    const place = ([a, b]) => [clamp(x.place(a), x), clamp(y.place(b), y)]
    pen.inside(x.from - 2, y.to - 2, x.to - x.from + 4, y.from - y.to + 4, () => {
      pen.path(this.guessing().flatMap(place), { stroke: look.unknown, dash: [2, 4] })
      if (this.behind.length) pen.path(thinned(this.behind.map(place)), { stroke: look.unknown, width: 1.5, alpha: 0.7 })
      const line = thinned(this.points.map(place))
      if (this.kind === "roc" || this.kind === "precision")
        pen.path([...line, line.at(-2), y.place(0), x.place(0), y.place(0)], { fill: look.accent, alpha: 0.08 })
      pen.path(line, { stroke: look.accent, width: 2.5 })
      const at = this.data.rejection
      if (this.kind === "rejection" && at && this.isCommitted()) {
        pen.path([x.place(at.signal), y.from, x.place(at.signal), y.to], { stroke: look.threshold, dash: [5, 4] })
        pen.circle(...place([at.signal, at.value]), 4, { fill: look.threshold })
      }
    })
  }

  guessing() {
    const { normal, anomalies } = this.found
    const part = anomalies / (anomalies + normal)
    const shares = Array.from({ length: 60 }, (_, i) => 1e-4 ** (1 - i / 59))
    return {
      roc: [[0, 0], [1, 1]],
      precision: [[0, part], [1, part]],
      det: [[1e-6, 1 - 1e-6], [1 - 1e-6, 1e-6]],
      rejection: shares.map((s) => [s, 1 / s]),
    }[this.kind]
  }

  drawMatrix(pen) {
    const { look, found } = this
    const cells = [
      [0, 0, "truePositives", found.anomalies, "caught", look.accent], [1, 0, "falseNegatives", found.anomalies, "missed", look.anomaly],
      [0, 1, "falsePositives", found.normal, "false alarms", look.anomaly], [1, 1, "trueNegatives", found.normal, "passed", look.accent],
    ]
    const [left, top] = [84, 40], wide = (this.width - left - 16) / 2, tall = (this.height - top - 20) / 2
    for (const [column, words] of ["Flagged", "Not flagged"].entries())
      pen.text(words, left + (column + 0.5) * wide, 26, { fill: look.muted, size: 13, align: "center" })
    for (const [row, words] of ["Anomaly", "Normal"].entries())
      pen.text(words, 10, top + (row + 0.5) * tall, { fill: look.muted, size: 13, baseline: "middle" })
    for (const [column, row, name, all, words, colour] of cells) {
      const [x, y] = [left + column * wide, top + row * tall]
      const box = [x + 3, y + 3, x + wide - 3, y + 3, x + wide - 3, y + tall - 3, x + 3, y + tall - 3]
      const part = ratio(found[name], all)
      pen.path(box, { fill: colour, alpha: 0.07 + 0.4 * (part ?? 0) })
      const [a, b] = [x + wide / 2, y + tall / 2]
      pen.text(count(found[name]), a, b - 4, { fill: look.text, size: 18, weight: 600, align: "center" })
      pen.text(`${share(part)} ${words}`, a, b + 18, { fill: look.text, size: 13, align: "center" })
    }
  }

  // The marks of the two lines, moved by the compositor: nothing is painted anew.
  drawPoint() {
    if (!this.width) return
    put(this.part("here"), "")
    if (this.kind === "confusion" && this.now && !this.none)
      this.drawMatrix(new CanvasPen(sharp(this.part("line"), this.width, this.height), this.look.font))
    for (const name of ["first", "second"]) {
      const place = this.markPlace(name), mark = this.root.querySelector(`[data-mark=${name}]`)
      mark.hidden = !place
      if (place) mark.style.transform = `translate(${place[0]}px, ${place[1]}px)`
    }
    if (this.none || !this.view || !this.now) return
    const here = this.markAt(this.now.step)
    put(this.part("here"), here ? this.words(here, this.now.threshold) : "The threshold has no place on this curve.")
  }

  markPlace(name) {
    const step = name === "first" ? this.now?.step : this.now?.secondStep
    if (this.none || !this.view || step === null || step === undefined) return null
    const mark = this.markAt(step), { x, y } = this.view
    return mark && [clamp(x.place(mark[0]), x), clamp(y.place(mark[1]), y)]
  }

  markAt(step) {
    const { kinds } = this.grid.sums(this.now.parts)
    return curvePoint(this.kind, kinds[0][step], kinds[1][step], kinds[0][0], kinds[1][0])
  }

  // For a picture that is saved.
  drawMarks(pen) {
    for (const name of ["second", "first"]) {
      const place = this.markPlace(name), { look } = this
      const fill = name === "first" ? look.threshold : look.background
      if (place) pen.circle(...place, 7, { fill, stroke: name === "first" ? look.background : look.threshold, width: 2.5 })
    }
  }

  words([a, b], threshold) {
    const at = `above ${number(threshold, 4)}: `
    if (this.kind === "roc") return `${at}${share(b)} caught, ${share(a)} false alarms`
    if (this.kind === "det") return `${at}${share(b)} missed, ${share(a)} false alarms`
    if (this.kind === "precision") return `${at}${share(b)} of the flagged are right, ${share(a)} caught`
    return `${at}1/ε_b = ${number(b, 4)} at ε_s = ${share(a)}`
  }

  // Whether the rows shown are those that the server has measured.
  isCommitted() {
    const { measured, within } = this.data
    return measured === this.now.parts.join() && (within ? `${within.token}|${within.band ?? ""}` : null) === this.now.token
  }

  writeHead() {
    let title = KINDS[this.kind].title
    const { areas, rejection } = this.data
    if (this.isCommitted() && !this.none) {
      if (this.kind === "roc") title += `, AUC ${number(areas.roc, 4)}`
      if (this.kind === "precision") title += `, average precision ${number(areas.precision, 4)}`
      if (this.kind === "rejection" && rejection)
        title += `, 1/ε_b ${rejection.bound ? "≥" : "="} ${number(rejection.value, 4)} at ε_s = ${rejection.signal}`
    }
    this.title = title
    put(this.part("title"), title)
    const rows = this.data.choices.find(([, , parts]) => parts.join() === this.now.parts.join())
    const selected = this.now.within ? this.say(`${count(this.found.rows)} selected rows, all others faded, `) : ""
    this.subtitle = `${selected}${rows ? rows[1].toLowerCase() : ""}${this.kind === "det" ? ", normal deviates on both axes" : ""}`
    put(this.part("subtitle"), this.subtitle)
    this.part("line").setAttribute("aria-label", `${title}, ${this.subtitle}`)
  }

  drawChoices() {
    const place = this.part("kinds").querySelector(".choices")
    if (!place.firstChild)
      for (const [name, { words }] of Object.entries(KINDS)) {
        const label = made("label", {})
        label.append(made("input", { type: "radio", name: "curve", value: name }), words)
        place.append(label)
      }
    for (const input of place.querySelectorAll("input")) input.checked = input.value === this.kind
    this.part("signal").hidden = this.kind !== "rejection"
  }

  listen() {
    this.part("kinds").addEventListener("change", (event) => {
      this.kind = event.target.value
      this.send("changed", { curve: this.kind })
      this.redraw()
    })
    const box = this.part("efficiency")
    box.addEventListener("change", () => {
      const value = Number(box.value.trim().replace(",", "."))
      const wrong = !(value > 0 && value <= 1)
      box.setAttribute("aria-invalid", wrong)
      box.title = wrong ? "Type a share above 0 and at most 1, such as 0.3." : ""
      if (!wrong) this.send("changed", { signal: value })
    })
    const stage = this.part("stage")
    stage.addEventListener("pointerdown", (event) => this.press(event))
    stage.addEventListener("pointermove", (event) => this.hover(event))
    stage.addEventListener("pointerup", () => this.release())
    stage.addEventListener("pointercancel", () => this.release())
    stage.addEventListener("pointerleave", () => (this.part("tip").hidden = true))
    for (const button of this.root.querySelectorAll("[data-save]"))
      button.addEventListener("click", () => this.save(button.dataset.save))
    this.listener = (now) => this.follow(now)
    live.listeners.add(this.listener)
    this.now = live.now
    this.sizes = new ResizeObserver(() => this.data && this.redraw())
    this.sizes.observe(stage)
  }

  leave() {
    live.listeners.delete(this.listener)
    this.sizes.disconnect()
  }

  at(event) {
    const box = this.part("stage").getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }

  // The point of the curve that is nearest to a place, if it is within some pixels.
  nearest([a, b], pixels) {
    if (!this.view || this.none) return null
    const { x, y } = this.view
    let [nearest, least] = [null, pixels]
    for (const point of this.points) {
      const far = Math.hypot(x.place(point[0]) - a, y.place(point[1]) - b)
      if (far < least) [nearest, least] = [point, far]
    }
    return nearest
  }

  // A point of the curve that is pressed is the threshold, and it goes along the curve until it is let go of.
  press(event) {
    const point = event.button === 0 && live.move ? this.nearest(this.at(event), NEAR_PIXELS) : null
    if (!point) return
    this.pressed = true
    this.part("stage").setPointerCapture(event.pointerId)
    this.part("tip").hidden = true
    live.move(point[2])
    event.preventDefault()
  }

  release() {
    if (!this.pressed) return
    this.pressed = false
    live.commit()
  }

  // The nearest point of the curve, in words.
  hover(event) {
    const tip = this.part("tip"), [a, b] = this.at(event)
    tip.hidden = true
    const nearest = this.nearest([a, b], this.pressed ? Infinity : NEAR_PIXELS)
    this.part("stage").classList.toggle("pointed", Boolean(nearest && live.move))
    if (!nearest) return
    if (this.pressed) return live.move(nearest[2])
    tip.hidden = false
    put(tip, `${this.words(nearest, nearest[2])}${live.move ? ". Click to set the threshold here." : ""}`)
    const right = a > this.width / 2
    Object.assign(tip.style, { top: `${b + 14}px`, left: right ? "" : `${a + 14}px`, right: right ? `${this.width - a + 14}px` : "" })
  }

  save(format) {
    if (!this.now || this.none) return
    download(format, {
      title: this.title, subtitle: this.subtitle, name: this.data.name, look: this.look, width: this.width, height: this.height,
      draw: (pen) => {
        this.drawCurve(pen)
        if (this.view) this.drawMarks(pen)
      },
    })
  }
}

// Of points that fall on one pixel the last is enough.
function thinned(points) {
  const line = []
  for (const [a, b] of points) if (line.length < 2 || Math.abs(a - line.at(-2)) + Math.abs(b - line.at(-1)) > 0.3) line.push(a, b)
  return [...line, ...points.at(-1)]
}

const clamp = (place, axis) => Math.min(Math.max(place, Math.min(axis.from, axis.to)), Math.max(axis.from, axis.to))

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".explorer")
  root.explorer ??= new Curves(root)
  root.explorer.take(data, setTriggerValue)
  return () => root.explorer.leave()
}
