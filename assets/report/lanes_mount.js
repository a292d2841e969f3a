// The time line in a report: its pieces lie in the page; the one that shows a view best is drawn, thinned where it must be.
const told = read("lanes-data")

class Pieces {
  constructor(packed) {
    this.packed = packed
  }

  async all() {
    return (this.pieces ??= Promise.all(
      this.packed.map(async (text) => {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
        const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))
        return Stretch.read(await new Response(stream).arrayBuffer())
      }),
    ))
  }

  // What is asked for reaches a view beyond each end of what is seen, which is its middle.
  async get(start, end, columns) {
    const [whole, ...near] = await this.all(), third = (end - start) / 3
    const fine = near.find((one) => one.start <= start + third && one.end >= end - third)
    return fine ?? thinned(whole, start, end, columns)
  }
}

function thinned(whole, start, end, columns) {
  if (whole.full) return whole
  const from = whole.place(start), to = Math.min(whole.n, whole.place(end) + 1)
  const every = Math.max(1, Math.floor((to - from) / columns)), n = Math.ceil((to - from) / every), arrays = {}
  for (const [name, values] of Object.entries(whole.arrays)) {
    const lowest = name.endsWith(":low"), out = (arrays[name] = new Float32Array(n).fill(NaN))
    for (let i = from; i < to; i++) {
      const at = Math.floor((i - from) / every)
      if (Number.isNaN(out[at]) || (lowest ? values[i] < out[at] : values[i] > out[at])) out[at] = values[i]
    }
  }
  const first = whole.start + from * whole.width
  return new Stretch({ start: first, end: first + n * every * whole.width, full: false, moments: whole.moments }, arrays)
}

const source = new Pieces(told.pieces)

function show(root, host) {
  const { pieces, ...words } = told
  draw({ data: { ...words, colours: coloursOf(host), source }, parentElement: root, setTriggerValue: (_, what) => answer(what, root, host) })
}

function answer(what, root, host) {
  if (!("event" in what)) return
  told.event = what.event
  show(root, host)
}

mounted("lanes", show)
