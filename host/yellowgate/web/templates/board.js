(function () {
  "use strict";
  var live = document.getElementById("live"), lost = document.getElementById("lost");
  var every = +document.body.dataset.every, got = performance.now(), failing = false, asking = false;

  function two(n) { return (n < 10 ? "0" : "") + n; }
  function hms(s) {
    s = Math.floor(Math.abs(s));
    return Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
  }
  function brief(s) {
    s = Math.floor(Math.abs(s));
    if (s < 60) return s + " s";
    if (s < 3600) return Math.floor(s / 60) + " min";
    if (s < 172800) return Math.floor(s / 3600) + " h " + two(Math.floor(s / 60) % 60);
    return Math.floor(s / 86400) + " days";
  }
  // Between two answers the clocks go on by themselves, also while the laptop is away.
  function tick() {
    var passed = (performance.now() - got) / 1000;
    var clocks = document.body.dataset.still ? [] : document.querySelectorAll(".tick");
    clocks.forEach(function (at) {
      var text = (at.classList.contains("ago") ? brief : hms)(+at.dataset.s + at.dataset.step * passed);
      if (at.textContent !== text) at.textContent = text;
    });
    if (failing) {
      var wall = document.querySelector("[data-wall]");
      lost.textContent = "No word from the laptop since " + (wall ? wall.dataset.wall : "the page was opened") +
        " (" + brief(passed) + "). Who came in since is not shown.";
    }
    lost.hidden = !failing;
  }
  // The new board in place of the old one; what was opened stays open, the focus where it was.
  function show(text) {
    var open = [], focus = document.activeElement && document.activeElement.closest("[id]");
    live.querySelectorAll("details[open]").forEach(function (at) { open.push(at.id); });
    var inside = focus && live.contains(focus) && focus !== live ? focus.id : "";
    live.innerHTML = text;
    open.forEach(function (id) { var at = document.getElementById(id); if (at) at.open = true; });
    var at = inside && document.getElementById(inside);
    if (at) (at.querySelector("summary, a") || at).focus({ preventScroll: true });
    got = performance.now();
    failing = false;
  }
  function ask() {
    if (asking) return;
    asking = true;
    var stop = new AbortController(), late = setTimeout(function () { stop.abort(); }, 12000);
    fetch("/fragment" + location.search, { cache: "no-store", signal: stop.signal })
      .then(function (answer) { if (!answer.ok) throw new Error(answer.status); return answer.text(); })
      .then(show)
      .catch(function () { failing = true; })
      .then(function () { clearTimeout(late); asking = false; tick(); });
  }
  setInterval(ask, every);
  setInterval(tick, Math.min(1000, every));
  document.addEventListener("visibilitychange", function () { if (!document.hidden) ask(); });
})();
