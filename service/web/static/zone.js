/* Chooses the time zone of the browser's clock, unless something else was chosen. Without this the list is as good. */
"use strict";
(() => {
  const zones = document.getElementById("tz");
  if (!zones || zones.value !== "UTC") return;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const found = [...zones.options].find(option => option.value === here || option.dataset.former === here);
  if (found) zones.value = found.value;
})();
