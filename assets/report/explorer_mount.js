// The threshold explorer in a report: what the server answers on a page is answered here, from the same counts.
const told = read("explorer-data")
const own = { ...told.cut }
let drawn = null

function show(root, host) {
  drawn = root
  draw({ data: structuredClone({ ...told, colours: coloursOf(host) }), parentElement: root, setTriggerValue: (_, what) => answer(what, root, host) })
}

function answer(what, root, host) {
  told.turn = what.turn
  for (const name of ["rows", "axes", "zoom", "costs", "second"]) if (name in what) told[name] = what[name]
  if ("threshold" in what) told.cut = moved("value", what.threshold, what.threshold)
  if (what.rule) told.cut = moved(what.rule, what.number, typed(what.rule, what.number))
  if (what.reset) told.cut = own
  if (what.rule || what.reset) show(root, host)
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

// The list of rows follows the line, and the family that was chosen; the sentence above says how many there are.
let chosen = ""
function follow(now) {
  if (now?.key !== told.key) return
  const judged = told.choices[0][2]
  const flagged = now.grid.at(now.step, judged).flagged
  let listed = 0
  for (const row of document.querySelectorAll("[data-score]")) {
    const over = Number(row.dataset.score) > now.threshold
    row.hidden = !over || (chosen !== "" && row.dataset.family !== chosen)
    listed += !row.hidden
  }
  if (chosen !== "") return say(`${count(listed)} of its rows are among those listed.`)
  const words = flagged > listed ? `The first ${count(listed)} of ${count(flagged)} flagged rows.` : flagged === 1 ? "1 flagged row." : `${count(flagged)} flagged rows.`
  say(flagged ? words : "No row scores above the threshold.")
}

function say(words) {
  for (const place of document.querySelectorAll("[data-listed]")) put(place, words)
}

// A family's rows alone; the chip beside the sentence lets go of it.
for (const button of document.querySelectorAll("[data-choose]"))
  button.addEventListener("click", () => {
    chosen = button.dataset.choose
    const chip = document.querySelector(".chip")
    chip.hidden = chosen === ""
    put(chip, chosen === "0" ? "Others ✕" : `Family ${chosen} ✕`)
    follow(live.now)
    if (chosen !== "") document.getElementById("rows")?.scrollIntoView()
  })

live.listeners.add(follow)
mounted("explorer", show)
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
