// The system's clock as the engine's port: monotonic and wall time, timers that can be started again.
import type { Clock, Timer } from '../engine/ports.ts'

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  startTimer,
}

/**
 * A timer alone does not keep the process alive: whatever it guards (a socket, a worker, the listener) does that itself,
 * and a forgotten deadline of ten minutes must not hold up an exit.
 */
function startTimer(delayMs: number, fire: () => void): Timer {
  const start = (): NodeJS.Timeout => setTimeout(fire, delayMs).unref()
  let timer = start()
  let cancelled = false
  return {
    cancel: () => {
      cancelled = true
      clearTimeout(timer)
    },
    restart: () => {
      // `refresh` costs next to nothing, for timers that every chunk restarts; on a cleared timer it must not be called.
      if (cancelled) timer = start()
      else timer.refresh()
      cancelled = false
    },
  }
}
