// The threshold explorer: everything that follows from the line is counted here, frame by frame, from the run's grid.
// The server hears of it once, when the line is let go of, and writes it into the address.
class Explorer extends ExplorerHands {
  constructor(root) {
    super()
    this.root = root
    this.turn = null
    // Steps of the grid, and which of them were moved since the server heard of them.
    this.line = { first: 0, second: null }
    this.moved = {}
    this.numbers = new Numbers(root)
    this.drag = null
    this.listen()
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
    this.say = sayer(data.nouns)
    sayMarkup(this.root, this.say)
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
    this.numbers.prepare(this.data.labelled, this.data.rates.perDay, this.say)
    linkHelp(this.root, this.data.help)
    this.drawControls()
    this.root.dataset.ready = "true"
    this.redraw()
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
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".explorer")
  root.explorer ??= new Explorer(root)
  root.explorer.take(data, setTriggerValue)
  return () => root.explorer.leave()
}
