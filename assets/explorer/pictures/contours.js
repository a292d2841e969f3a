// Regions of a map that lie above a step: their places, their share of the image, their peak, their outline.
const LEAST_PLACES = 2

function regionsAbove({ width, height, steps }, limit) {
  const seen = new Uint8Array(steps.length), found = []
  for (let start = 0; start < steps.length; start++) {
    if (seen[start] || steps[start] < limit) continue
    const places = [start]
    seen[start] = 1
    let peak = start
    for (let at = 0; at < places.length; at++) {
      const place = places[at], x = place % width, y = (place - x) / width
      if (steps[place] > steps[peak]) peak = place
      for (const [nx, ny] of [[x - 1, y], [x + 1, y], [x, y - 1], [x, y + 1]]) {
        const next = ny * width + nx
        if (nx < 0 || ny < 0 || nx >= width || ny >= height || seen[next] || steps[next] < limit) continue
        seen[next] = 1
        places.push(next)
      }
    }
    if (places.length >= LEAST_PLACES) found.push({ places, share: places.length / steps.length, peak: steps[peak], at: [peak % width, Math.floor(peak / width)] })
  }
  return found.sort((a, b) => b.peak - a.peak || b.share - a.share)
}

// The edges between places inside and outside, as lines on a grid of `width` by `height`.
function outlineOf({ places }, width, height) {
  const inside = new Set(places), path = new Path2D()
  for (const place of places) {
    const x = place % width, y = Math.floor(place / width)
    const sides = [[-1, 0, x, y, x, y + 1], [1, 0, x + 1, y, x + 1, y + 1], [0, -1, x, y, x + 1, y], [0, 1, x, y + 1, x + 1, y + 1]]
    for (const [dx, dy, x0, y0, x1, y1] of sides) {
      const nx = x + dx, ny = y + dy
      if (nx >= 0 && ny >= 0 && nx < width && ny < height && inside.has(ny * width + nx)) continue
      path.moveTo(x0, y0)
      path.lineTo(x1, y1)
    }
  }
  return path
}
