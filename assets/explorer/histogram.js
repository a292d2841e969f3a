// The histogram of the scores per class, and the lines that are moved over it.
const MARGIN = { left: 62, right: 14, top: 10, bottom: 46 }
const BACK_TO_FRONT = [2, 0, 1]
const CLASS_WORDS = ["Normal", "Anomaly", "Without label"]

// Where things stand: axes that hold the bins, or the zoomed part of them, and every line that is set.
function histogramAxes(grid, parts, { width, height, logScores, logCounts, stacked, zoom, lines }) {
  const log = logScores && grid.log.length > 0
  const bins = grid.histogram(parts, log)
  const kind = log ? "log" : "linear"
  const [forth, back] = SCALES[kind]
  let ends
  if (zoom && (!log || zoom[0] > 0)) ends = zoom.map(forth)
  else {
    const seen = [bins.edges[0], bins.edges.at(-1), ...lines.filter((line) => !log || line > 0)].filter((x) => !log || x > 0)
    ends = [forth(Math.min(...seen)), forth(Math.max(...seen))]
    const air = 0.02 * (ends[1] - ends[0]) || 0.5
    ends = [ends[0] - air, ends[1] + air]
  }
  const tops = binTops(bins, stacked)
  const x = new Axis(kind, back(ends[0]), back(ends[1]), MARGIN.left, width - MARGIN.right)
  const inside = (i) => forth(bins.edges[i + 1]) > ends[0] && (bins.edges[i] <= 0 && log ? -Infinity : forth(bins.edges[i])) < ends[1]
  let tallest = 1
  for (const heights of tops) heights?.forEach((top, i) => inside(i) && top > tallest && (tallest = top))
  const [low, high] = logCounts ? [0.7, Math.max(2, tallest) ** 1.08] : [0, tallest * 1.08]
  const y = new Axis(logCounts ? "log" : "linear", low, high, height - MARGIN.bottom, MARGIN.top)
  return { x, y, bins, tops }
}

// The upper end of each class's bars; on top of each other where they are stacked.
function binTops({ counts }, stacked) {
  const tops = [null, null, null]
  const below = new Float64Array(counts[0].length)
  for (const j of BACK_TO_FRONT) {
    if (!counts[j].some((n) => n > 0)) continue
    tops[j] = Float64Array.from(counts[j], (n, i) => (stacked ? (below[i] += n) : n))
  }
  return tops
}

// `faded` where selected rows are drawn `over` them.
function drawBars(pen, { x, y, bins, tops }, { look, labelled, stacked, say, faded = false, over = false }) {
  if (!over) drawAxes(pen, x, y, { look, xTitle: "Anomaly score", yTitle: say("Rows") })
  const floor = y.from
  pen.inside(x.from, y.to, x.to - x.from, y.from - y.to, () => {
    let under = null
    for (const j of BACK_TO_FRONT) {
      if (!tops[j]) continue
      const outline = [], base = []
      for (let i = 0; i < tops[j].length; i++) {
        const [a, b] = [x.place(bins.edges[i]), x.place(bins.edges[i + 1])]
        const top = tops[j][i] > 0 ? y.place(tops[j][i]) : floor
        const foot = stacked && under && under[i] > 0 ? y.place(under[i]) : floor
        outline.push(a, top, b, top)
        base.unshift(b, foot, a, foot)
      }
      // base runs back from right to left, in pairs (b, a) of each bin.
      const colour = classColour(look, j, labelled)
      pen.path([...outline, ...base], { fill: colour, alpha: faded ? 0.1 : over ? 0.5 : 0.32 })
      pen.path(outline, { stroke: colour, width: faded ? 1 : 1.6, alpha: faded ? 0.4 : 1 })
      if (stacked) under = tops[j]
    }
  })
}

// Whether words beside a place fit only to its left.
const isFarRight = (x, place) => place > x.from + 0.6 * (x.to - x.from)

// A line with what lies above it tinted, and its words where they fit; for a picture that is saved.
function drawLine(pen, x, y, threshold, { look, words, second }) {
  const place = Math.min(Math.max(x.place(threshold), x.from), x.to)
  if (!second)
    pen.path([place, y.to, x.to, y.to, x.to, y.from, place, y.from], { fill: look.threshold, alpha: 0.05 })
  pen.path([place, y.to, place, y.from], { stroke: look.threshold, width: second ? 1.5 : 2, dash: second ? [5, 4] : [] })
  const right = isFarRight(x, place)
  pen.text(words, place + (right ? -8 : 8), y.to + (second ? 32 : 14), {
    fill: look.text, align: right ? "right" : "left", halo: look.background,
  })
}

const classColour = (look, j, labelled) => (j === 2 && !labelled ? look.accent : [look.normal, look.anomaly, look.unknown][j])
const classWords = (j, labelled) => (labelled ? CLASS_WORDS[j] : "Rows")
