// A clock that all processes of this machine share: CLOCK_MONOTONIC.

export function nowMicroseconds(): number {
  return Math.round(Number(process.hrtime.bigint() / 1000n))
}
