// Texts are written in the words of a table; where the samples of a kind of data are called otherwise, that is said
// instead, as core/modalities/nouns.py does it on the server.
const sayer = ([sample, samples]) => (text) => {
  if (sample === "row") return text
  return text.replace(/\b(?:(an?) )?(rows?)\b/gi, (_, article, word) => {
    const noun = word.toLowerCase() === "row" ? sample : samples
    const an = article ? `${article[0]}${/^[aeiou]/i.test(noun) ? "n" : ""} ` : ""
    return an + (word[0] === "R" ? noun[0].toUpperCase() + noun.slice(1) : noun)
  })
}

// Says what stands in a part's markup; it may be shown for runs of several kinds, one after the other.
function sayMarkup(root, say) {
  root.written ??= writtenIn(root)
  for (const { node, name, text } of root.written) name ? node.setAttribute(name, say(text)) : (node.nodeValue = say(text))
}

function writtenIn(root) {
  const found = [], texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), about = /\brows?\b/i
  for (let node = texts.nextNode(); node; node = texts.nextNode()) if (about.test(node.nodeValue)) found.push({ node, text: node.nodeValue })
  for (const name of ["title", "aria-label"])
    for (const node of root.querySelectorAll(`[${name}]`)) if (about.test(node.getAttribute(name))) found.push({ node, name, text: node.getAttribute(name) })
  return found
}

// A "?" behind every label that names its place in Help, as topic#place; a report, which has no Help beside it, has none.
function linkHelp(root, help) {
  for (const label of help ? root.querySelectorAll("[data-help]") : []) {
    const [topic, place] = label.dataset.help.split("#")
    if (!label.helpLink) label.firstChild.after((label.helpLink = helpLink(label.firstChild.textContent.trim())))
    label.helpLink.href = `${help}?${new URLSearchParams(place ? { topic, place } : { topic })}`
  }
}

function helpLink(words) {
  const link = Object.assign(document.createElement("a"), { className: "help", textContent: "?", target: "anomalens-help", title: "More in Help" })
  link.setAttribute("aria-label", `${words}: more in Help`)
  return link
}
