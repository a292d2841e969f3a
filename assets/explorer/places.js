// The rows of the map, the highest score last: places, scores, the grid's step that each score reaches, row numbers.
class Places {
  static async read(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const length = view.getUint32(0, true)
    const { key, n } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)))
    const packed = new Blob([bytes.subarray(4 + length)]).stream().pipeThrough(new DecompressionStream("deflate"))
    const body = new Uint8Array(await new Response(packed).arrayBuffer())
    let place = 0
    const numbers = (Kind) => {
      const width = Kind.BYTES_PER_ELEMENT, out = new Uint8Array(n * width)
      for (let byte = 0; byte < width; byte++)
        for (let i = 0; i < n; i++) out[i * width + byte] = body[place++]
      return new Kind(out.buffer)
    }
    const places = Object.assign(new Places(), { key, n, x: numbers(Float32Array), y: numbers(Float32Array), score: numbers(Float32Array) })
    places.reached = numbers(Uint16Array)
    for (let i = 1; i < n; i++) places.reached[i] += places.reached[i - 1]
    places.row = numbers(Uint32Array)
    places.label = numbers(Int8Array)
    return places
  }

  // How many of the rows are not flagged: they are the first. A threshold between two steps of the grid that the places
  // were packed with is told by its base step and its value.
  below(baseStep, between) {
    let low = 0, high = this.n
    while (low < high) {
      const middle = (low + high) >> 1
      const reached = this.reached[middle]
      const flagged = reached > baseStep && !(between !== null && reached === baseStep + 1 && this.score[middle] <= between)
      if (flagged) high = middle
      else low = middle + 1
    }
    return low
  }
}
