// The points of a map, the highest score last, and what colours them, as core/results/scored_map.py and colouring.py pack
// them. Fetched beside the page's own channel, and kept while the page is open.
const STEPS = 65_535
const KEPT = 12

class MapPoints {
  static async read(buffer) {
    const { told, body } = header(buffer)
    const points = Object.assign(new MapPoints(), { key: told.key, n: told.n, axes: told.axes })
    points.lower = new Uint32Array(buffer, body, told.steps)
    // x, y, x, y, …
    points.codes = new Uint16Array(buffer, body + 4 * told.steps, 2 * told.n)
    points.tables = told.axes.map(([middle, size, reach]) =>
      Float32Array.from({ length: STEPS + 1 }, (_, i) => middle + size * Math.sinh(reach * ((2 * i) / STEPS - 1))))
    return points
  }

  x(i) {
    return this.tables[0][this.codes[2 * i]]
  }

  y(i) {
    return this.tables[1][this.codes[2 * i + 1]]
  }

  // The range that the map opens with: a few rows far out must not squeeze all others into a corner.
  home() {
    return this.tables.flatMap((table, axis) => {
      const counts = new Uint32Array(STEPS + 1), { codes, n } = this
      for (let i = axis; i < 2 * n; i += 2) counts[codes[i]]++
      const at = (share) => {
        let [left, code] = [share * (n - 1), 0]
        while (code < STEPS && left >= counts[code]) left -= counts[code++]
        return table[code]
      }
      const air = 0.25 * (at(0.998) - at(0.002)) || 1
      return [Math.max(at(0.002) - air, at(0) - air / 6), Math.min(at(0.998) + air, at(1) + air / 6)]
    })
  }

  // The first and last step of an axis between two values; the first is behind the last where there is none.
  steps(axis, low, high) {
    const table = this.tables[axis]
    const first = (value, strict) => {
      let [from, to] = [0, STEPS + 1]
      while (from < to) {
        const middle = (from + to) >> 1
        if (strict ? table[middle] <= value : table[middle] < value) from = middle + 1
        else to = middle
      }
      return from
    }
    return [first(low, false), first(high, true) - 1]
  }

  // Calls with each point in a box; those at the border may lie a step outside.
  inBox([left, right, low, high], found) {
    const { codes, n } = this, [a0, a1] = this.steps(0, left, right), [b0, b1] = this.steps(1, low, high)
    for (let i = 0, a, b; i < n; i++) {
      a = codes[2 * i]
      if (a < a0 || a > a1) continue
      b = codes[2 * i + 1]
      if (b >= b0 && b <= b1) found(i)
    }
  }

  // The point that is nearest to a place, within some units of each axis; the highest score where several are as near.
  nearest([cx, cy], [ux, uy]) {
    let [nearest, least] = [-1, 1]
    this.inBox([cx - ux, cx + ux, cy - uy, cy + uy], (i) => {
      const dx = (this.x(i) - cx) / ux, dy = (this.y(i) - cy) / uy, far = dx * dx + dy * dy
      if (far <= least) [nearest, least] = [i, far]
    })
    return nearest
  }

  // Marks the points in an area (even-odd rule), as core/results/row_filter.py has it. A side of the area is crossed at one
  // place for all points of the same height, so that these places are counted once per step of the axis.
  inside(corners) {
    const found = new Uint8Array(this.n), { codes, n } = this, [tableX, tableY] = this.tables
    const xs = corners.map(([x]) => x), ys = corners.map(([, y]) => y), sides = corners.length
    const [a0, a1] = this.steps(0, Math.min(...xs), Math.max(...xs)), [b0, b1] = this.steps(1, Math.min(...ys), Math.max(...ys))
    if (b1 < b0) return found
    const crossed = new Float64Array((b1 - b0 + 1) * sides), many = new Uint8Array(b1 - b0 + 1)
    for (let b = b0; b <= b1; b++) {
      const y = tableY[b]
      for (let k = 0, l = sides - 1; k < sides; l = k++)
        if (ys[l] > y !== ys[k] > y) crossed[(b - b0) * sides + many[b - b0]++] = ((xs[k] - xs[l]) * (y - ys[l])) / (ys[k] - ys[l]) + xs[l]
    }
    for (let i = 0; i < n; i++) {
      const a = codes[2 * i], b = codes[2 * i + 1]
      if (a < a0 || a > a1 || b < b0 || b > b1) continue
      const x = tableX[a], first = (b - b0) * sides
      let within = 0
      for (let k = first + many[b - b0] - 1; k >= first; k--) if (x < crossed[k]) within ^= 1
      found[i] = within
    }
    return found
  }
}

// A colouring: one byte a point, and the words of its scale or levels.
function readColours(buffer) {
  const { told, body } = header(buffer)
  return { ...told, step: new Uint8Array(buffer, body) }
}

function header(buffer) {
  const length = new DataView(buffer).getUint32(0, true)
  return { told: JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))), body: 4 + length }
}

// Fetches something once; what was asked for last is kept.
function fetched(url, read) {
  const known = (live.maps ??= new Map())
  if (!known.has(url)) {
    const promise = fetch(url).then(async (answer) => {
      if (!answer.ok) throw new Error(await answer.text())
      return read(await answer.arrayBuffer())
    })
    promise.catch(() => known.delete(url))
    known.set(url, promise)
    if (known.size > KEPT) known.delete(known.keys().next().value)
  }
  return known.get(url)
}

const readJson = (buffer) => JSON.parse(new TextDecoder().decode(buffer))
