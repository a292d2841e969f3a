// A stretch of lanes as core/lanes/window.py packs it: every moment, or the lowest and highest of equally long columns.
const NUMBERS = { f4: Float32Array, f8: Float64Array, i4: Int32Array }

class Stretch {
  static read(buffer) {
    const length = new DataView(buffer).getUint32(0, true)
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)))
    const arrays = {}
    let place = 8 + length
    for (const [name, kind, n] of header.arrays) {
      arrays[name] = new NUMBERS[kind](buffer, place, n)
      place += Math.ceil((n * NUMBERS[kind].BYTES_PER_ELEMENT) / 8) * 8
    }
    return new Stretch(header, arrays)
  }

  constructor({ start, end, full, moments }, arrays) {
    Object.assign(this, { start, end, full, moments, arrays, n: arrays.score.length })
    this.width = (end - start) / Math.max(1, this.n)
  }

  has(name) {
    return name in this.arrays
  }

  // Where a moment, or the middle of a column, lies in time.
  at(i) {
    return this.full ? this.arrays.time[i] : this.start + (i + 0.5) * this.width
  }

  high(name) {
    return this.arrays[name]
  }

  low(name) {
    return this.arrays[`${name}:low`] ?? this.arrays[name]
  }

  // The first place that is not before a moment.
  place(time) {
    if (!this.full) return Math.min(this.n, Math.max(0, Math.floor((time - this.start) / this.width)))
    let [low, high] = [0, this.n]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.arrays.time[middle] < time) low = middle + 1
      else high = middle
    }
    return low
  }

  // Places from one moment to another, with one more at each end.
  between(from, to) {
    return [Math.max(0, this.place(from) - 1), Math.min(this.n, this.place(to) + 2)]
  }

  nearest(time) {
    const after = Math.min(this.place(time), this.n - 1)
    if (!this.full || !after) return after
    return time - this.at(after - 1) < this.at(after) - time ? after - 1 : after
  }

  // The lowest and the highest number of some names between two places; null where there is none.
  range(names, [first, last]) {
    let [least, most] = [Infinity, -Infinity]
    for (const name of names) {
      if (!this.has(name)) continue
      const low = this.low(name), high = this.high(name)
      for (let i = first; i < last; i++) {
        if (low[i] < least) least = low[i]
        if (high[i] > most) most = high[i]
      }
    }
    return least <= most ? [least, most] : null
  }

  // The least and the most of the highest numbers alone: what a threshold is compared with.
  heights(name, [first, last]) {
    const known = Array.from(this.high(name).subarray(first, last)).filter((value) => !Number.isNaN(value))
    return known.length ? [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))] : null
  }

  // Whether it shows a view as finely as so many pixels can.
  shows(from, to, pixels) {
    return this.start <= from && this.end >= to && (this.full || this.width <= (1.3 * (to - from)) / pixels)
  }

  // Runs of places without a hole: missing values and pauses of more than a few steps are holes.
  *runs(name, [first, last], step) {
    const values = this.high(name), most = this.full ? 3.5 * step : Math.max(1, Math.ceil((3.5 * step) / this.width))
    let run = []
    for (let i = first; i < last; i++) {
      if (Number.isNaN(values[i])) continue
      const before = run.at(-1)
      if (before !== undefined && (this.full ? this.at(i) - this.at(before) : i - before) > most) {
        yield run
        run = []
      }
      run.push(i)
    }
    if (run.length) yield run
  }
}

// Stretches from the server, the last that was asked for alone: what is asked for meanwhile takes its place.
class Stretches {
  constructor(address) {
    this.address = address
  }

  async get(start, end, columns, channels) {
    this.asked?.abort()
    const asked = (this.asked = new AbortController())
    const query = new URLSearchParams({ start, end, columns: Math.round(columns), channels: channels.join() })
    const answer = await fetch(`${this.address}&${query}`, { signal: asked.signal })
    if (!answer.ok) throw new Error(await answer.text())
    return Stretch.read(await answer.arrayBuffer())
  }
}
