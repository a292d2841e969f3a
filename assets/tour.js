// Four steps beside the navigation for somebody who is here for the first time. It lives in the browser alone: nothing is
// asked of the server, nothing on the page is covered, and what was read is remembered by this browser.
export default function ({ data, parentElement }) {
  const part = (name) => parentElement.querySelector(`[data-part=${name}]`)
  const steps = JSON.parse(data.steps)
  const card = parentElement.querySelector(".tour")
  const kept = {
    get: () => { try { return localStorage.getItem("anomalens-tour") } catch { return "over" } },
    set: (value) => { try { localStorage.setItem("anomalens-tour", value) } catch { /* a browser that keeps nothing */ } },
  }
  const over = () => kept.get() === "over"
  const step = () => Math.min(Math.max(Number(kept.get()) || 0, 0), steps.length - 1)

  // A style and not a class on the link: Streamlit draws the navigation anew whenever it likes.
  function mark(page) {
    const style = document.getElementById("anomalens-tour") ?? document.head.appendChild(document.createElement("style"))
    style.id = "anomalens-tour"
    const ends = [`="${page}"`, `^="${page}?"`, `$="/${page}"`, `*="/${page}?"`] // with a base path or without
    const links = ends.map((end) => `.st-key-navigation a[href${end}]`).join(", ")
    const rule = "{ box-shadow: inset 3px 0 0 light-dark(#0b7269, #4fc9bb); }"
    style.textContent = page && `${links} ${rule}`
  }

  function draw(focus) {
    const done = over()
    card.hidden = done
    part("again").hidden = !done
    if (done) return mark("")
    const place = step()
    const { page, title, words } = steps[place]
    part("place").textContent = `${place + 1} of ${steps.length}`
    part("title").textContent = title
    part("words").textContent = words
    part("back").hidden = place === 0
    part("skip").hidden = place === steps.length - 1
    part("next").textContent = place === steps.length - 1 ? "Done" : "Next"
    mark(page)
    if (focus) part("title").focus()
  }

  // Only on the way in: "Back" and "Next" are free to point at other pages than the one that is open.
  const here = steps.findIndex(({ page }) => page === data.page)
  const entered = parentElement.dataset?.page !== data.page
  if (parentElement.dataset) parentElement.dataset.page = data.page
  if (entered && !over() && here > step()) kept.set(String(here))

  const go = (value) => () => { kept.set(String(value())); draw(true) }
  part("next").onclick = go(() => (step() === steps.length - 1 ? "over" : step() + 1))
  part("back").onclick = go(() => step() - 1)
  part("skip").onclick = go(() => "over")
  part("again").onclick = go(() => 0)
  draw(false)
}
