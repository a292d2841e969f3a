// A run's scores over time: the highest score, the rows and the labelled anomalies of each interval and part.
class Times {
  // Reads what core/results/timeline.py packs.
  static async read(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const length = view.getUint32(0, true)
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)))
    const { numbers } = await unpacked(bytes.subarray(4 + length))
    const parts = PARTS.map(() => null)
    for (const part of header.parts)
      parts[part] = { rows: numbers(Uint32Array, header.n), anomalies: numbers(Uint32Array, header.n), top: numbers(Float64Array, header.n) }
    return Object.assign(new Times(), header, { parts, known: new Map() })
  }

  // All of some parts together.
  of(names) {
    const name = names.join()
    if (!this.known.has(name)) {
      const found = { rows: new Float64Array(this.n), anomalies: new Float64Array(this.n), top: new Float64Array(this.n).fill(NaN) }
      for (const part of names.map((one) => this.parts[PARTS.indexOf(one)])) {
        if (!part) continue
        for (let i = 0; i < this.n; i++) {
          found.rows[i] += part.rows[i]
          found.anomalies[i] += part.anomalies[i]
          if (!(part.top[i] <= found.top[i]) && part.rows[i]) found.top[i] = part.top[i]
        }
      }
      this.known.set(name, found)
    }
    return this.known.get(name)
  }

  startOf(i) {
    return this.start + i * this.width
  }

  // The interval of a place; the first or the last where it is outside.
  bin(place) {
    return Math.min(Math.max(Math.floor((place - this.start) / this.width), 0), this.n - 1)
  }
}

const DAY = 86400
const TICK_SECONDS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 21600, 43200, DAY, 2 * DAY, 7 * DAY, 14 * DAY]
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const two = (n) => String(n).padStart(2, "0")

// A moment in UTC, as finely as a length of time needs.
function momentWords(seconds, length, year = false) {
  const at = new Date(1000 * seconds)
  const day = `${MONTHS[at.getUTCMonth()]} ${at.getUTCDate()}${year ? `, ${at.getUTCFullYear()}` : ""}`
  if (length >= DAY) return day
  const clock = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}${length < 60 ? `:${two(at.getUTCSeconds())}` : ""}`
  return `${day} ${clock}`
}

// An axis of moments: ticks at midnights, first days of months and years, or hours.
class TimeAxis extends Axis {
  constructor(low, high, from, to) {
    super("linear", low, high, from, to)
  }

  ticks(wanted) {
    const rough = (this.high - this.low) / Math.max(2, wanted * 0.75)
    this.step = TICK_SECONDS.find((step) => step >= rough) ?? null
    const ticks = []
    if (this.step) {
      for (let t = Math.ceil(this.low / this.step) * this.step; t <= this.high; t += this.step) ticks.push(t)
      return ticks
    }
    // Months, or years.
    const months = [1, 2, 3, 6, 12, 24, 60, 120, 600].find((n) => n * 30.4 * DAY >= rough) ?? 1200
    const first = new Date(1000 * this.low)
    for (let month = Math.ceil((first.getUTCFullYear() * 12 + first.getUTCMonth()) / months) * months; ; month += months) {
      const t = Date.UTC(Math.floor(month / 12), month % 12) / 1000
      if (t > this.high) return ticks
      if (t >= this.low) ticks.push(t)
    }
  }

  words(seconds) {
    const at = new Date(1000 * seconds), month = MONTHS[at.getUTCMonth()]
    if (!this.step) return this.high - this.low > 6 * 366 * DAY ? String(at.getUTCFullYear()) : `${month} ${at.getUTCFullYear()}`
    if (this.step >= DAY || seconds % DAY === 0) return `${month} ${at.getUTCDate()}`
    return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}${this.step < 60 ? `:${two(at.getUTCSeconds())}` : ""}`
  }
}
