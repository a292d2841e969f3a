// What a threshold does, in numbers: the boxes in which it is typed, the metrics, the confusion matrix and the cost.
const METRICS = [
  ["flagged", "Flagged", "Rows above the threshold, of the rows shown.", "thresholds"],
  ["share", "Share", "The share of the data as it came that is flagged, as far as the rows shown tell.", "metrics#data-as-it-came"],
  ["perDay", "Alerts per day", "Flagged rows a day, at the rate and in the mix in which the dataset's rows came.", "metrics#alerts-a-day"],
  ["precision", "Precision", "Share of the flagged rows that are anomalies.", "metrics#precision"],
  ["recall", "Recall", "Share of the anomalies that are flagged.", "metrics#recall"],
  ["f1", "F1", "Harmonic mean of precision and recall.", "metrics#f1"],
  ["falsePositiveRate", "False alarms", "The share of normal rows that are flagged (false-positive rate).", "metrics#false-positive-rate"],
  ["cost", "Cost", "What the misses and the false alarms cost in the data as it came, at the prices below.", "metrics#cost"],
]
const LABELLED = new Set(["precision", "recall", "f1", "falsePositiveRate", "cost"])
const CELLS = [
  ["truePositives", "caught", "recall", "caught"],
  ["falseNegatives", "missed", null, "missed"],
  ["falsePositives", "false alarms", "falsePositiveRate", "alarms"],
  ["trueNegatives", "passed", null, "passed"],
]

// The cells' labels and sides of the line, by the names that the address has.
const SIDES = [["caught", 1, true], ["missed", 1, false], ["alarms", 0, true], ["passed", 0, false]]

// How many rows of the data as it came a row of each class stands for, among the rows shown: the split has changed the
// mix of those that are judged, and all other rows stand for themselves.
const weightsOf = ({ judged, weights }, parts) => (judged.join() === parts.join() ? weights : [1, 1, 1])

// Rows of the data as it came above a step.
const weighted = (grid, step, parts, weights) =>
  grid.sums(parts).kinds.reduce((sum, counts, j) => sum + weights[j] * counts[step], 0)

// The counts at a step, and what follows from prices and from the rate at which rows come. `whole` is the grid of all
// rows where this one holds those that are selected.
function outcome(grid, step, parts, { costs, rates, whole }) {
  const found = grid.at(step, parts), weights = weightsOf(rates, parts)
  // Where no row of a class has a label, there is no cost; none is no bargain.
  const both = found.truePositives + found.falseNegatives > 0 && found.falsePositives + found.trueNegatives > 0
  found.cost = both ? costs[0] * weights[1] * found.falseNegatives + costs[1] * weights[0] * found.falsePositives : null
  found.plainShare = found.share
  found.share = ratio(weighted(grid, step, parts, weights), weighted(grid, 0, parts, weights))
  // Of selected rows no part is told from another: they are counted among the rows shown.
  const [there, each] = grid === whole ? [rates.stream, rates.streamWeights] : [parts, weights]
  const all = weighted(whole, 0, there, each)
  found.perDay = rates.perDay && all ? (weighted(grid, step, there, each) / all) * rates.perDay : null
  return found
}

function metricWords(name, value) {
  if (name === "flagged") return count(value)
  if (name === "f1") return number(value, 3)
  if (name === "perDay" || name === "cost") return value !== null && value >= 1000 ? count(Math.round(value)) : number(value, 3)
  return share(value)
}

// A threshold in the units in which it can be set; what stands there while it is moved.
function inUnits(grid, step, reference) {
  const above = (at) => {
    let [rows, over] = [0, 0]
    for (const part of at.parts)
      for (const kind of at.classes) {
        const counts = grid.above[PARTS.indexOf(part)][CLASSES.indexOf(kind)]
        if (counts) (rows += counts[0]), (over += counts[step])
      }
    return rows ? over / rows : null
  }
  const [usual, alarms] = [above(reference.percentile), above(reference.fpr)]
  return {
    value: Number(grid.steps[step].toPrecision(6)),
    percentile: usual === null ? null : Number((100 * (1 - usual)).toFixed(3)),
    fpr: alarms === null ? null : Number((100 * alarms).toPrecision(4)),
  }
}

class Numbers {
  constructor(root) {
    this.root = root
    this.tiles = new Map()
    this.cells = new Map()
  }

  // Makes the tiles and cells that this run needs; once per kind of run.
  prepare(labelled, perDay, say) {
    const kind = `${labelled} ${perDay} ${say("rows")}`
    if (kind === this.kind) return
    Object.assign(this, { kind, say })
    const metrics = this.root.querySelector("[data-part=metrics]")
    metrics.replaceChildren()
    this.tiles.clear()
    for (const [name, words, about, help] of METRICS) {
      if ((LABELLED.has(name) && !labelled) || (name === "perDay" && !perDay)) continue
      const tile = made("div", { className: "tile", title: say(about) })
      const value = made("dd", { id: `metric-${name}` }), other = made("dd", { className: "other" })
      const label = made("dt", { textContent: words })
      label.dataset.help = help
      tile.append(label, value, other)
      metrics.append(tile)
      this.tiles.set(name, [value, other])
    }
    const table = this.root.querySelector("[data-part=confusion]")
    table.hidden = !labelled
    this.root.querySelector("[data-part=costs]").hidden = !labelled
    for (const cell of table.querySelectorAll("[data-cell]"))
      this.cells.set(cell.dataset.cell, [cell, cell.querySelector("b"), cell.querySelector("span")])
  }

  // Writes what one line does, and below it what the second does, or what it does to all rows where some are selected.
  show(found, other, all) {
    const within = this.root.querySelector("[data-part=within]")
    within.hidden = !all
    if (all) put(within, this.say(`Within the selection (${count(found.rows)} of ${count(all.rows)} rows)`))
    for (const [name, [value, second]] of this.tiles) {
      put(value, metricWords(name, found[name]))
      put(second, other ? `B ${metricWords(name, other[name])}` : all ? `all ${metricWords(name, all[name])}` : "")
    }
    for (const [name, words, part] of CELLS) {
      const parts = this.cells.get(name)
      if (!parts) continue
      const rate = part ? found[part] : ratio(found[name], name === "falseNegatives" ? found.anomalies : found.normal)
      put(parts[1], count(found[name]))
      put(parts[2], `${share(rate)} ${words}`)
      parts[0].style.setProperty("--fill", `${(7 + 40 * (rate ?? 0)).toFixed(1)}%`)
    }
  }
}

const made = (kind, properties) => Object.assign(document.createElement(kind), properties)
const put = (element, words) => {
  if (element.textContent !== words) element.textContent = words
}
