// What the colours of a map mean: a bar with its values, or a spot and a name for each level.
function drawLegend(place, { title, scale, ticks, missing, levels }) {
  const told = JSON.stringify([title, scale, ticks, missing, levels])
  if (place.dataset.told === told) return
  place.dataset.told = told
  place.classList.toggle("many", Boolean(levels) && levels.length > 3)
  const spot = ([colour, words]) => {
    const span = made("span", { title: words }), dot = made("i", {})
    dot.style.background = colour
    span.append(dot, words)
    return span
  }
  if (levels) return place.replaceChildren(...levels.map(spot))
  const bar = made("span", { className: "colour-bar" }), strip = made("i", {})
  strip.style.background = `linear-gradient(to right, ${scale.join(", ")})`
  const values = made("span", { className: "values" })
  values.append(...ticks.map(([, words]) => made("b", { textContent: words })))
  bar.append(strip, values)
  place.replaceChildren(made("span", { className: "title", textContent: title }), bar, ...(missing ? [spot(missing)] : []))
}
