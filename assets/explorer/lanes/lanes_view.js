// How lanes are drawn: what is measured beside what was expected, the score beneath, ranges above, all on one axis of time.
const LANES = { left: 66, right: 12, top: 6, gap: 9, axis: 26, score: 104, mark: 13 }
const SHOWN = 8
const laneHeight = (n) => (n <= 1 ? 190 : n <= 3 ? 118 : n <= 5 ? 84 : 62)

class LanesView {
  // Places everything for a width; `marks` are the kinds of ranges that there are.
  constructor(width, { channels, marks, view, kind }) {
    const { left, right, top, gap, axis, score, mark } = LANES
    Object.assign(this, { width, left, right: width - right, channels, marks })
    const ends = [...view, left, width - right]
    this.x = kind === "time" ? new TimeAxis(...ends) : new Axis("linear", ...ends)
    let y = top
    this.rows = new Map(marks.map((name) => [name, [(y += mark) - mark, y - 3]]))
    const height = laneHeight(channels.length)
    this.lanes = channels.map((channel) => ({ channel, top: (y += gap), bottom: (y += height) }))
    this.score = { top: (y += gap), bottom: (y += score) }
    this.bottom = y
    this.height = y + axis
  }

  axis({ top, bottom }, range, log = false) {
    const [low, high] = range ?? [0, 1], pad = 0.06 * (high - low || Math.abs(high) || 1)
    if (log && low > 0) return new Axis("log", low / 1.1, high * 1.15, bottom, top)
    return new Axis("linear", low - pad, high + pad, bottom, top)
  }

  frame(pen, look, title) {
    const { x, left, right, bottom } = this
    for (const [value, place] of apart(x, x.ticks(Math.max(3, Math.floor((right - left) / 90))), 62)) {
      pen.path([place, LANES.top, place, bottom], { stroke: look.grid, alpha: 0.7 })
      // Words that would be cut off at an end, or run into the time zone, are left out.
      if (place < left + 26 || place > right - 26) continue
      pen.text(x.words?.(value) ?? tickWords(value), place, bottom + 16, { fill: look.muted, align: "center", size: 11.5 })
    }
    if (title) pen.text(title, left - 8, bottom + 16, { fill: look.muted, align: "right", size: 10.5 })
  }

  lane(pen, look, { top, bottom }, y, name, off = null) {
    const { left, right } = this
    for (const [value, place] of apart(y, y.ticks(bottom - top > 100 ? 4 : 2), 17)) {
      if (place < top + 5 || place > bottom) continue
      pen.path([left, place, right, place], { stroke: look.grid, alpha: 0.7 })
      pen.text(tickWords(value), left - 7, place, { fill: look.muted, align: "right", baseline: "middle", size: 10.5 })
    }
    pen.path([left, bottom + 0.5, right, bottom + 0.5], { stroke: look.grid })
    pen.text(name, left + 5, top + 12, { fill: off ?? look.text, size: 12, weight: 600, halo: look.background })
  }

  // The band of what is usual around what was expected, and the expectation itself.
  expected(pen, look, stretch, places, name, spread, y, step) {
    const low = stretch.low(name), high = stretch.high(name)
    for (const run of stretch.runs(name, places, step)) {
      const xs = run.map((i) => this.x.place(stretch.at(i)))
      if (spread) {
        const upper = [], lower = []
        run.forEach((i, k) => {
          upper.push(xs[k], y.place(high[i] + spread))
          lower.unshift(xs[k], y.place(low[i] - spread))
        })
        pen.path([...upper, ...lower], { fill: look.accent, alpha: 0.16 })
      }
      pen.path(this.zigzag(stretch, run, xs, name, y), { stroke: look.accent, width: 1.3, alpha: 0.95 })
    }
  }

  actual(pen, colour, stretch, places, name, y, step, chosen = null) {
    const dots = stretch.full && (this.right - this.left) / Math.max(1, places[1] - places[0]) > 7
    const values = stretch.high(name)
    for (const run of stretch.runs(name, places, step)) {
      for (const part of chosen ? this.chosen(run, chosen) : [run]) {
        const xs = part.map((i) => this.x.place(stretch.at(i)))
        const line = this.zigzag(stretch, part, xs, name, y)
        pen.path(line.length === 2 ? [line[0] - 1, line[1], line[0] + 1, line[1]] : line, { stroke: colour, width: chosen ? 1.8 : 1.15 })
        if (dots || run.length === 1) part.forEach((i, k) => pen.circle(xs[k], y.place(values[i]), chosen ? 2.6 : 1.9, { fill: colour }))
      }
    }
  }

  // The parts of a run for which something holds.
  *chosen(run, holds) {
    let part = []
    for (const i of run) {
      if (holds(i)) part.push(i)
      else if (part.length) yield part, (part = [])
    }
    if (part.length) yield part
  }

  // Through the lowest and the highest of each column, whichever is nearer first.
  zigzag(stretch, run, xs, name, y) {
    const low = stretch.low(name), high = stretch.high(name), points = []
    if (low === high) {
      run.forEach((i, k) => points.push(xs[k], y.place(high[i])))
      return points
    }
    let at = null
    run.forEach((i, k) => {
      const [a, b] = [y.place(low[i]), y.place(high[i])], down = at !== null && Math.abs(at - a) < Math.abs(at - b)
      points.push(xs[k], down ? a : b, xs[k], down ? b : a)
      at = down ? b : a
    })
    return points
  }

  // The score as an area, what is above the threshold in the colour of anomalies.
  drawScore(pen, look, stretch, places, y, threshold, step) {
    const { top, bottom } = this.score
    const areas = []
    for (const run of stretch.runs("score", places, step)) {
      const points = [], high = stretch.high("score")
      const half = stretch.full ? 0 : Math.max(0.5, (this.x.place(stretch.start + stretch.width) - this.x.place(stretch.start)) / 2)
      for (const i of run) {
        const at = this.x.place(stretch.at(i)), up = Math.max(top, y.place(high[i]))
        half ? points.push(at - half, up, at + half, up) : points.push(at, up)
      }
      if (points.length === 2) points.push(points[0] + 1.5, points[1])
      areas.push([points[0], bottom, ...points, points.at(-2), bottom])
    }
    for (const area of areas) pen.path(area, { fill: look.unknown, alpha: 0.55 })
    const line = Math.min(Math.max(y.place(threshold), top), bottom)
    pen.inside(this.left, top, this.right - this.left, Math.max(0, line - top), () => {
      for (const area of areas) pen.path(area, { fill: look.anomaly })
    })
  }

  // Ranges of one kind above the lanes, two pixels wide at least.
  range(pen, row, from, to, colour, alpha = 1) {
    const a = Math.max(this.left, this.x.place(from)), b = Math.min(this.right, Math.max(this.x.place(to), this.x.place(from) + 2))
    if (b < this.left || a > this.right) return
    const [top, bottom] = this.rows.get(row)
    pen.path([a, top, b, top, b, bottom, a, bottom], { fill: colour, alpha })
  }

  shade(pen, from, to, colour, alpha) {
    const a = Math.max(this.left, this.x.place(from)), b = Math.min(this.right, Math.max(this.x.place(to), this.x.place(from) + 1.5))
    if (b <= a) return
    pen.path([a, this.lanes[0]?.top ?? LANES.top, b, this.lanes[0]?.top ?? LANES.top, b, this.bottom, a, this.bottom], { fill: colour, alpha })
  }
}
