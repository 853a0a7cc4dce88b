// Addresses of sounds and films expire. One that does while somebody listens is asked for anew, once, and
// goes on from the same second.

/** Go on by a new address where the old one stops answering; `lost` is called where that fails too. */
export function renewing(player, lost = () => {}) {
  let isRenewing = false;
  let wasThere = player.readyState >= 1;
  let isPlayed = !player.paused;

  const renew = () => {
    isRenewing = true;
    const at = player.currentTime;
    const goesOn = isPlayed;
    player.addEventListener(
      "loadedmetadata",
      () => {
        player.currentTime = at;
        if (goesOn) player.play().catch(() => {});
      },
      { once: true },
    );
    // What the page names is the lasting address, which leads to a new one.
    player.load();
  };

  player.addEventListener("loadedmetadata", () => {
    wasThere = true;
  });
  player.addEventListener("play", () => {
    isPlayed = true;
  });
  player.addEventListener("pause", () => {
    // What stops with an error was not stopped by anybody.
    if (!player.error) isPlayed = false;
  });
  player.addEventListener("timeupdate", () => {
    if (!player.seeking && player.readyState >= 2) isRenewing = false;
  });
  player.addEventListener("error", () => {
    if (wasThere && !isRenewing) renew();
    else lost();
  });
  // A quick refusal comes before this script.
  if (player.error) lost();
}
