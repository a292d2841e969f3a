// The threshold explorer in a report: what the server answers on a page is answered here, from the same counts.
const told = read("explorer-data")
const say = sayer(told.nouns)
const own = { ...told.cut }
let drawn = null

function show(root, host) {
  drawn = root
  draw({ data: structuredClone({ ...told, colours: coloursOf(host) }), parentElement: root, setTriggerValue: (_, what) => answer(what, root, host) })
}

function answer(what, root, host) {
  told.turn = what.turn
  for (const name of ["rows", "axes", "zoom", "costs", "second", "band", "cell"]) if (name in what) told[name] = what[name]
  if ("threshold" in what) told.cut = moved("value", what.threshold, what.threshold)
  if (what.rule) told.cut = moved(what.rule, what.number, typed(what.rule, what.number))
  if (what.reset) told.cut = own
  if (what.rule || what.reset) show(root, host)
  if ("band" in what || "cell" in what) {
    drawChips(root, host)
    follow(live.now)
  }
}

const moved = (rule, number, threshold) => ({ rule, number, threshold, by: "", above: null, own: false, problem: "" })

// The step of the grid for a number that was typed: the nearest score, or the lowest step that flags no larger share.
function typed(rule, number) {
  const grid = live.grids.get(told.key)
  const { steps } = grid
  if (rule === "value") {
    const below = grid.step(number), above = Math.min(below + 1, steps.length - 1)
    return Math.abs(steps[above] - number) < Math.abs(steps[below] - number) ? steps[above] : steps[below]
  }
  const most = rule === "fpr" ? number : 1 - number / 100
  for (let step = 0; step < steps.length; step++) if (shareAbove(grid, told.reference[rule], step) <= most + 1e-12) return steps[step]
  return steps.at(-1)
}

function shareAbove(grid, reference, step) {
  let rows = 0, over = 0
  for (const part of reference.parts)
    for (const kind of reference.classes) {
      const counts = grid.above[PARTS.indexOf(part)][CLASSES.indexOf(kind)]
      if (counts) (rows += counts[0]), (over += counts[step])
    }
  return rows ? over / rows : 0
}

// The list of rows follows the line, and what was selected: a band of scores, a cell of the matrix, a family.
let family = "", called = ""
const CELL_RULES = { caught: ["1", true], missed: ["1", false], alarms: ["0", true], passed: ["0", false] }
const CELL_NAMES = { caught: "Anomalies that are flagged", missed: "Anomalies that are not flagged",
  alarms: "Normal rows that are flagged", passed: "Normal rows that are not flagged" }

function follow(now) {
  if (now?.key !== told.key) return
  const selected = Boolean(told.band || told.cell || family)
  let listed = 0
  for (const row of document.querySelectorAll("[data-score]")) {
    const score = Number(row.dataset.score), over = score > now.threshold
    const shown = !selected ? over && !("extra" in row.dataset) : (!told.band || (score > told.band[0] && score <= told.band[1]))
      && (!told.cell || (row.dataset.label === CELL_RULES[told.cell][0] && over === CELL_RULES[told.cell][1]))
      && (!family || (row.dataset.family === family && over))
    row.hidden = !shown
    listed += shown
  }
  const words = selected ? sizeOf(now, listed) : flaggedWords(now, listed)
  for (const place of document.querySelectorAll("[data-listed]")) put(place, words)
}

function flaggedWords(now, listed) {
  const { flagged } = now.grid.at(now.step, told.choices[0][2])
  if (!flagged) return say("No row scores above the threshold.")
  if (flagged > listed) return say(`The first ${count(listed)} of ${count(flagged)} flagged rows.`)
  return say(flagged === 1 ? "1 flagged row." : `${count(flagged)} flagged rows.`)
}

// How many rows are selected is counted from the grid; a family's rows are not in it.
function sizeOf(now, listed) {
  if (family) return say(`${count(listed)} of its rows are among those listed.`)
  const { kinds, all } = now.grid.sums(told.choices[0][2])
  const [low, high] = told.band ? told.band.map((end) => now.grid.step(end)) : [0, all.length - 1]
  let [from, to, counts] = [low, high, all]
  if (told.cell) {
    const [label, over] = CELL_RULES[told.cell]
    counts = kinds[Number(label)]
    if (over) from = Math.max(from, now.step)
    else to = Math.min(to, now.step)
  }
  const size = from < to ? counts[from] - (told.band || to < all.length - 1 ? counts[to] : 0) : 0
  const words = say(`${count(size)} selected ${size === 1 ? "row" : "rows"}`)
  return listed < size ? `${words}, of which ${count(listed)} are listed.` : `${words}.`
}

// A chip for each thing that is selected; it lets go of it.
function drawChips(root, host) {
  const chips = []
  if (told.band) chips.push([`Score above ${number(told.band[0], 4)}, at most ${number(told.band[1], 4)}`, () => (told.band = null)])
  if (told.cell) chips.push([say(CELL_NAMES[told.cell]), () => (told.cell = "")])
  if (family) chips.push([called, () => (family = "")])
  for (const place of document.querySelectorAll("[data-chips]")) {
    place.replaceChildren()
    for (const [words, forget] of chips) {
      const chip = made("button", { type: "button", className: "chip", textContent: `${words} ✕` })
      chip.addEventListener("click", () => {
        forget()
        show(root, host)
        drawChips(root, host)
        follow(live.now)
      })
      place.append(chip)
    }
  }
}

function listenToFamilies(root, host) {
  for (const button of document.querySelectorAll("[data-choose]"))
    button.addEventListener("click", () => {
      family = button.dataset.choose
      called = button.dataset.called
      drawChips(root, host)
      follow(live.now)
      document.getElementById("rows")?.scrollIntoView()
    })
}

live.listeners.add(follow)
mounted("explorer", show)
if (drawn) {
  listenToFamilies(drawn, drawn.host)
  drawChips(drawn, drawn.host)
}
onPaper("explorer", () => {
  const explorer = drawn?.querySelector(".explorer")?.explorer
  if (!explorer?.grid) return null
  return asOnPaper(() => {
    const host = drawn.host, [width, height] = [720, 340], before = explorer.look
    explorer.look = lookOf(explorer.root, coloursOf(host))
    const view = explorer.axesFor(width, height), pen = new SvgPen(explorer.look.font)
    drawBars(pen, view, explorer.barOptions())
    explorer.strokes(pen, view)
    explorer.look = before
    return pen.picture(width, height)
  })
})
const bytes = Uint8Array.from(atob(read("grid-data")), (letter) => letter.charCodeAt(0))
Grid.read(bytes).then((grid) => {
  live.grids.set(grid.key, grid)
  document.dispatchEvent(new CustomEvent("anomalens-grid", { detail: grid.key }))
  document.documentElement.dataset.ready = "true"
})
