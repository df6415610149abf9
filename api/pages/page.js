// The page works without this; with it, chosen photos are shown, can be dropped, and waiting is visible.
"use strict";

const form = document.getElementById("send");

function preview(input) {
  const previews = input.parentElement.querySelector(".previews");
  previews.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
  previews.replaceChildren(
    ...Array.from(input.files, (file) => {
      const image = document.createElement("img");
      image.alt = file.name;
      image.src = URL.createObjectURL(file);
      // most browsers cannot show HEIC, which we can read: say its kind instead
      image.onerror = () => {
        const kind = document.createElement("b");
        kind.textContent = (file.name.split(".").pop() || "photo").slice(0, 5).toUpperCase();
        image.replaceWith(kind);
      };
      return image;
    }),
  );
}

for (const drop of form.querySelectorAll(".drop")) {
  const input = drop.querySelector("input");
  input.addEventListener("change", () => preview(input));
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    preview(input);
  });
}

form.addEventListener("submit", () => {
  form.querySelector("button").disabled = true;
  form.querySelector(".busy").textContent = "Sending and looking…";
});

// back from the decision: the browser may restore the page as it was left, busy
window.addEventListener("pageshow", () => {
  form.querySelector("button").disabled = false;
  form.querySelector(".busy").textContent = "";
});
