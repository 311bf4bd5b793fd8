import type { Libc } from "./ffi/libc.ts";
import { AF_UNIX, encodeUnixAddress } from "./ffi/sockaddr.ts";

/** What a daemon tells systemd (`sd_notify(3)`); each call answers whether systemd was told. */
export type SystemdNotifier = {
  /** Several lines may go in one message: `READY=1\nSTATUS=serving`. */
  readonly notify: (message: string) => boolean;
  readonly close: () => void;
};

const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const MSG_NOSIGNAL_DONTWAIT = 0x4000 | 0x40;

/**
 * Opens the way to systemd.
 *
 * @param path  `NOTIFY_SOCKET` of the environment: a path or `@abstract`; undefined outside of systemd, where nothing is sent
 */
export function openSystemdNotifier(libc: Libc, path: string | undefined): SystemdNotifier {
  if (path === undefined || path === "") return { notify: () => false, close: () => undefined };
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  const address = encodeUnixAddress(path);
  return {
    notify: (message) => libc.send(fd, new TextEncoder().encode(message), MSG_NOSIGNAL_DONTWAIT, address) >= 0,
    close: () => void libc.close(fd),
  };
}

/**
 * How often the watchdog wants a sign of life, as systemd advises half of its limit.
 *
 * @param usec  `WATCHDOG_USEC` of the environment
 */
export function watchdogIntervalMs(usec: string | undefined): number | undefined {
  const value = Number(usec ?? "");
  return Number.isFinite(value) && value > 0 ? value / 2_000 : undefined;
}
