"use strict";
const form = document.getElementById("filters");
const cards = Array.from(document.querySelectorAll(".cards > li"));
const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
const texts = new Map(cards.map((card) => [card, plain(card.textContent)]));
function show() {
  const words = plain(document.getElementById("words").value).split(/\s+/).filter(Boolean);
  const chosen = Array.from(form.querySelectorAll("select")).filter((one) => one.value);
  let count = 0;
  for (const card of cards) {
    const fits = words.every((word) => texts.get(card).includes(word))
      && chosen.every((one) => card.dataset[one.dataset.by] === one.value);
    card.hidden = !fits;
    count += fits;
  }
  document.getElementById("count").textContent = `${count} of ${cards.length} practices`;
}
form.hidden = false;
form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(show));
show();
