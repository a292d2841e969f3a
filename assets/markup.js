// Markup that the server has made and escaped, in a root of its own: drawings too, which a page's plain HTML may not hold.
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".markup")
  // The function runs again whenever the page does: what is scrolled stays where it is.
  if (root.drawn === data.markup) return
  root.drawn = data.markup
  root.innerHTML = data.markup
}
