// @ts-check
/** The wasm target from Debian's packages alone, for machines that cannot reach rustup's server. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must, run } from "./run.mjs";

const TARGET = "wasm32-unknown-unknown";
const REMEDY =
  "It is the way round `rustup target add`, which failed too: see to the network, then try again.";

/** How cargo is told to use what `install` made. Native code keeps the ordinary toolchain. */
export const ENV = { RUSTUP_TOOLCHAIN: "debian", CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: "wasm-ld" };

export function possible() {
  return process.getuid?.() === 0 && existsSync("/etc/debian_version");
}

/** Debian ships the standard library as source only: compile it once and put it where rustc looks for it. */
export function install() {
  must(REMEDY, "apt-get", ["update"]);
  must(REMEDY, "apt-get", ["install", "-y", "rustc-web", "cargo-web", "rust-web-src", "lld"]);
  const cwd = mkdtempSync(join(tmpdir(), "fhir-solicit-std-"));
  try {
    mkdirSync(join(cwd, "src"));
    writeFileSync(join(cwd, "src/lib.rs"), "");
    writeFileSync(
      join(cwd, "Cargo.toml"),
      '[package]\nname = "only_std"\nversion = "0.0.0"\nedition = "2021"\n',
    );
    must(
      REMEDY,
      "/usr/bin/cargo",
      ["build", "--release", "--target", TARGET, "-Zbuild-std=core,alloc,std,panic_abort,test,proc_macro"],
      { cwd, env: { RUSTC: "/usr/bin/rustc", RUSTC_BOOTSTRAP: "1", RUSTFLAGS: "-Cembed-bitcode=yes" } },
    );
    const built = join(cwd, "target", TARGET, "release/deps");
    const lib = join(
      run("/usr/bin/rustc", ["--print", "sysroot"]).stdout.trim(),
      "lib/rustlib",
      TARGET,
      "lib",
    );
    mkdirSync(lib, { recursive: true });
    for (const name of readdirSync(built)) {
      if (name.endsWith(".rlib") && !name.includes("only_std")) cpSync(join(built, name), join(lib, name));
    }
  } finally {
    rmSync(cwd, { recursive: true });
  }
  must(REMEDY, "rustup", ["toolchain", "link", "debian", "/usr"]);
}
