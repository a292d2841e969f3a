// A run's scores as counts on at most 4,096 thresholds, and all that follows from them: no row is ever asked for.
// What core/metrics/grid.py says on the server, this says in the browser, number for number.
const PARTS = ["train", "validation", "test", "unused"]
const CLASSES = ["normal", "anomaly", "unknown"]
const BINS = 160

class Grid {
  // above[part][class] holds the rows with score > steps[i], or null where there are none at all.
  constructor(key, steps, above, linear, log) {
    Object.assign(this, { key, steps, above, linear, log })
    this.known = new Map()
  }

  // Reads what core/results/grid_payload.py packs.
  static async read(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const length = view.getUint32(0, true)
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)))
    const { numbers } = await unpacked(bytes.subarray(4 + length))
    const steps = numbers(Float64Array, header.steps)
    const above = PARTS.map(() => CLASSES.map(() => null))
    for (const [part, kind] of header.groups) {
      const fewer = numbers(Uint32Array, header.steps)
      const counts = new Float64Array(header.steps)
      for (let i = 0; i < counts.length; i++) counts[i] = i ? counts[i - 1] - fewer[i] : fewer[0]
      above[part][kind] = counts
    }
    const edges = numbers(Uint16Array, header.linear + header.log)
    return new Grid(header.key, steps, above, edges.slice(0, header.linear), edges.slice(header.linear))
  }

  // The same grid with one more step: a threshold that was typed, with the counts that the server has for it.
  with(threshold, counts) {
    const place = this.step(threshold) + 1
    if (!counts || threshold < this.steps[0] || place >= this.steps.length || this.steps[place - 1] === threshold)
      return this
    const put = (all, one) => {
      const out = new Float64Array(all.length + 1)
      out.set(all.subarray(0, place))
      out[place] = one
      out.set(all.subarray(place), place + 1)
      return out
    }
    const above = this.above.map((kinds, i) => kinds.map((all, j) => all && put(all, counts[i][j])))
    const moved = (edges) => edges.map((edge) => (edge >= place ? edge + 1 : edge))
    return new Grid(this.key, put(this.steps, threshold), above, moved(this.linear), moved(this.log))
  }

  // The place of a threshold that is a step, or of the step just below it.
  step(threshold) {
    let low = 0, high = this.steps.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.steps[middle] <= threshold) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }

  // Rows above each step, per class and together, over some parts.
  sums(parts) {
    const name = parts.join()
    if (!this.known.has(name)) {
      const kinds = CLASSES.map(() => new Float64Array(this.steps.length))
      const all = new Float64Array(this.steps.length)
      for (const part of parts)
        this.above[PARTS.indexOf(part)].forEach((counts, j) => {
          if (counts) for (let i = 0; i < counts.length; i++) (kinds[j][i] += counts[i]), (all[i] += counts[i])
        })
      this.known.set(name, { kinds, all })
    }
    return this.known.get(name)
  }

  // What a threshold does to the rows of some parts; null where a share would divide by zero.
  at(step, parts) {
    const { kinds, all } = this.sums(parts)
    const [falsePositives, truePositives] = [kinds[0][step], kinds[1][step]]
    const [normal, anomalies, unknown] = kinds.map((counts) => counts[0])
    const falseNegatives = anomalies - truePositives, trueNegatives = normal - falsePositives
    const precision = ratio(truePositives, truePositives + falsePositives)
    const recall = ratio(truePositives, anomalies)
    const twice = 2 * truePositives
    return {
      rows: all[0], flagged: all[step], share: ratio(all[step], all[0]), normal, anomalies, unknown,
      truePositives, falsePositives, falseNegatives, trueNegatives, precision, recall,
      f1: precision === null || recall === null ? null : ratio(twice, twice + falsePositives + falseNegatives),
      falsePositiveRate: ratio(falsePositives, normal),
    }
  }

  // The step that is nearest to a threshold.
  nearest(threshold) {
    const below = this.step(threshold), above = Math.min(below + 1, this.steps.length - 1)
    return Math.abs(this.steps[above] - threshold) < Math.abs(this.steps[below] - threshold) ? above : below
  }

  // The rows above one step and not above another, of one class or of all.
  between(from, to, kind = null) {
    const last = Math.max(from, to)
    const clip = (counts) => counts.map((_, i) => counts[Math.min(Math.max(i, from), last)] - counts[last])
    const above = this.above.map((kinds) => kinds.map((counts, j) => (counts && (kind === null || j === kind) ? clip(counts) : null)))
    return new Grid(this.key, this.steps, above, this.linear, this.log)
  }

  // Rows per bin and class; the last bin also holds the rows beyond it, the first those below it. How many bins there
  // are is decided by a number of rows, their own by default.
  histogram(parts, log, rows = null) {
    const { kinds, all } = this.sums(parts)
    let places = log && this.log.length ? this.log : this.linear
    const wanted = 4 * Math.cbrt(Math.max(1, rows ?? all[0]))
    if (places.length === BINS + 1) {
      const every = Math.max(...[1, 2, 4].filter((k) => k === 1 || k * wanted <= BINS))
      places = places.filter((_, i) => i % every === 0)
    }
    const edges = Array.from(places, (place) => this.steps[place])
    const last = places.length - 2
    const counts = kinds.map((above) => {
      const bins = new Float64Array(last + 1)
      for (let i = 0; i <= last; i++) bins[i] = above[places[i]] - above[places[i + 1]]
      bins[last] += above[places[last + 1]]
      bins[0] += above[0] - above[places[0]]
      return bins
    })
    return { edges, counts, beyond: all[places[last + 1]] }
  }

  // The corners of a curve, from nothing flagged to everything flagged.
  curve(kind, parts) {
    const { kinds } = this.sums(parts)
    const [normal, anomalies] = [kinds[0][0], kinds[1][0]]
    const points = []
    if (!normal || !anomalies) return points
    for (let i = this.steps.length - 1; i >= 0; i--) {
      const point = curvePoint(kind, kinds[0][i], kinds[1][i], normal, anomalies)
      if (point) points.push([...point, this.steps[i]])
    }
    if (kind === "precision" && points.length && points[0][1] === 1 && points[0][0] > 0)
      points.unshift([0, 1, points[0][2]])
    return points
  }
}

// Where a threshold with so many false alarms and so many anomalies caught lies on a curve; null where nowhere.
function curvePoint(kind, alarms, caught, normal, anomalies) {
  if (kind === "roc") return [alarms / normal, caught / anomalies]
  if (kind === "det") return [alarms / normal, 1 - caught / anomalies]
  if (kind === "precision") return alarms + caught ? [caught / anomalies, caught / (alarms + caught)] : null
  return alarms && caught ? [caught / anomalies, normal / alarms] : null
}

// A zlib stream of numbers by byte (all lowest bytes first, then the next), to be read one array after the other.
async function unpacked(bytes) {
  const packed = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))
  const body = new Uint8Array(await new Response(packed).arrayBuffer())
  let place = 0
  const numbers = (Kind, n) => {
    const width = Kind.BYTES_PER_ELEMENT
    const out = new Uint8Array(n * width)
    for (let byte = 0; byte < width; byte++)
      for (let i = 0; i < n; i++) out[i * width + byte] = body[place++]
    return new Kind(out.buffer)
  }
  return { numbers }
}

// The rows that are selected on a grid of the run, counted among some parts; null where they have not arrived.
function countedOn(grid, wanted, parts) {
  const { selected } = live
  if (!wanted || selected?.token !== wanted.token || selected.parts.join() !== parts.join()) return null
  if (selected.grid?.steps === grid.steps) return selected.grid
  const base = live.grids.get(selected.key)
  if (!base || base.steps.length !== selected.steps) return null
  // Among the parts shown no part is told from another: all are counted by the first.
  const first = PARTS.indexOf(parts[0])
  const counted = new Grid(base.key, base.steps, PARTS.map((_, i) => (i === first ? selected.above : CLASSES.map(() => null))), base.linear, base.log)
  const counts = PARTS.map((_, i) => CLASSES.map((_, j) => (i === first ? wanted.above[j] : 0)))
  const found = grid.steps.length > base.steps.length ? counted.with(wanted.threshold, counts) : counted
  // Words of a moment ago: the next ones are on their way.
  if (found.steps.length !== grid.steps.length) return null
  // One and the same array, by which it is known that both have the same steps.
  found.steps = grid.steps
  return (selected.grid = found)
}

const ratio = (part, whole) => (whole ? part / whole : null)

// Numbers for people, as dashboard/format.py writes them.
const count = (n) => Math.trunc(n).toLocaleString("en-US")

function number(x, digits = 3) {
  if (x === null || x === undefined || !Number.isFinite(x)) return "–"
  if (x === 0) return "0"
  const size = Math.abs(x)
  if (size >= 1e7 || size < 1e-4)
    return x.toExponential(digits - 1).replace(/e([+-])(\d)$/, "e$10$2")
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)))
  const text = x.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
  return text.includes(".") && size >= 1000 ? text.replace(/\.?0+$/, "") : text
}

function share(x) {
  if (x === null || x === undefined || !Number.isFinite(x)) return "–"
  const percent = 100 * x
  if (percent === 0 || percent === 100) return `${percent} %`
  if (percent > 0 && percent < 0.1) return "< 0.1 %"
  return percent > 99.9 && percent < 100 ? "> 99.9 %" : `${percent.toFixed(1)} %`
}

// What the views of a page have in common: the run's grid, and where its threshold stands at this very moment. Each
// view is a component of its own, so they meet on the window.
const live = (window.anomalensLive ??= { grids: new Map(), now: null, selected: null, listeners: new Set() })
live.tell ??= (now) => {
  live.now = now
  for (const listener of live.listeners) listener(now)
}
