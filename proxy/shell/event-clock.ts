/**
 * The time of the event that is being handled, monotonic, ms.
 *
 * Whoever brings an event in (a socket's octets, its end, a deadline) reads the time; everyone who handles it uses that:
 * a request asks for the time in ten places, and looking is not free.
 */
export class EventClock {
  nowMs = performance.now();

  read(): number {
    this.nowMs = performance.now();
    return this.nowMs;
  }
}
