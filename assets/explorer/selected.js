// The rows that are selected, as the server counted them on the run's grid and time line.
class Selected {
  // Reads what core/results/selected_payload.py packs.
  static async read(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const length = view.getUint32(0, true)
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)))
    const body = await unpacked(bytes.subarray(4 + length))
    const above = CLASSES.map(() => null)
    for (const kind of header.classes) {
      const fewer = body.numbers(Uint32Array, header.steps), counts = new Float64Array(header.steps)
      for (let i = 0; i < counts.length; i++) counts[i] = i ? counts[i - 1] - fewer[i] : fewer[0]
      above[kind] = counts
    }
    return Object.assign(new Selected(), header, { above, tops: header.tops ? body.numbers(Float64Array, header.tops) : null })
  }
}
