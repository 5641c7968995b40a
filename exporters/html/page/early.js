// Runs before anything is laid out: what the page shows first is chosen when all of it is there.
document.documentElement.className = "js";
