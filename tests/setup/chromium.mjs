// @ts-check
import { existsSync } from "node:fs";
import { SetupError, must } from "./run.mjs";

const REMEDY = "Install Chromium, or name one in the environment variable CHROME_PATH.";

/** The browser of the browser tests. */
export const CHROMIUM = process.env.CHROME_PATH || "/usr/bin/chromium";

/** @type {import("../setup.mjs").Step} */
export const chromium = {
  what: "Chromium and its driver",
  present: () => existsSync(CHROMIUM),
  install() {
    if (process.env.CHROME_PATH) throw new SetupError(`CHROME_PATH names ${CHROMIUM}, which does not exist.`);
    if (process.getuid?.() !== 0) throw new SetupError(`${CHROMIUM} is missing. ${REMEDY}`);
    must(REMEDY, "apt-get", ["update"]);
    must(
      REMEDY,
      "apt-get",
      ["install", "-y", "--no-install-recommends", "chromium", "chromium-driver", "fonts-liberation"],
      {
        env: { DEBIAN_FRONTEND: "noninteractive" },
      },
    );
  },
};
