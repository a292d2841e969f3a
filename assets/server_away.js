// Says in our words that the server does not answer: Streamlit's own speak of scripts and terminals.
const THEIRS = "Is Streamlit still running"
const WORDS = "The server of Anomalens does not answer. This page, and what is training, go on by themselves when it is back."

export default function () {
  if (document.querySelector(".server-away")) return
  const ours = Object.assign(document.createElement("div"), { className: "server-away", hidden: true, textContent: WORDS })
  ours.setAttribute("role", "alert")
  document.body.append(ours)
  const look = () => {
    const theirs = [...document.querySelectorAll("[role=dialog]")].filter((dialog) => dialog.textContent.includes(THEIRS))
    // Hidden and not taken away: it is Streamlit's to close.
    for (const dialog of theirs) (dialog.closest("[data-testid=stDialog], .react-aria-ModalOverlay") ?? dialog).classList.add("server-away-theirs")
    ours.hidden = !theirs.length
  }
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true })
}
