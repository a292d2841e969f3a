// The curves in a report.
const told = read("curves-data")

function show(root, host) {
  draw({ data: { ...structuredClone(told), colours: coloursOf(host) }, parentElement: root, setTriggerValue: (_, what) => answer(what, root, host) })
}

function answer(what, root, host) {
  if (what.curve) told.kind = what.curve
  if (what.signal) {
    told.rejection = rejection(what.signal)
    show(root, host)
  }
}

// 1/ε_b at the highest step that lets enough of the anomalies pass; without any background a lower bound.
function rejection(signal) {
  const grid = live.grids.get(told.key)
  const { kinds } = grid.sums(told.choices[0][2])
  const [normal, anomalies] = [kinds[0][0], kinds[1][0]]
  for (let step = grid.steps.length - 1; step >= 0; step--)
    if (kinds[1][step] >= signal * anomalies * (1 - 1e-12))
      return { signal, value: normal / Math.max(1, kinds[0][step]), bound: kinds[0][step] === 0 }
  return null
}

mounted("curves", show)
