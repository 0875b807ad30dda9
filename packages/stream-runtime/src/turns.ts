/** A place among the few that work at a time. */
export interface Turn {
  /** Lets the next one in; nothing where that has been done. */
  release(): void;
}

/** Lets at most so many work at a time, in the order in which they asked; the patient after the others. */
export interface Turns {
  take(isPatient?: boolean): Promise<Turn>;
}

/** Of so many places that become free one goes to the patient, however many others wait. */
const PATIENT_SHARE = 4;

export function createTurns(most: number): Turns {
  let free = most;
  const waiting: (() => void)[] = [];
  const patient: (() => void)[] = [];
  let sincePatient = 0;

  const enter = (isPatient: boolean): Promise<void> => {
    if (free === 0) return new Promise((resolve) => (isPatient ? patient : waiting).push(resolve));
    free--;
    return Promise.resolve();
  };
  const nextOne = () => {
    if (++sincePatient < PATIENT_SHARE && waiting.length > 0) return waiting.shift();
    sincePatient = 0;
    return patient.shift() ?? waiting.shift();
  };
  const leave = () => {
    const next = nextOne();
    if (next === undefined) free++;
    else next();
  };

  return {
    async take(isPatient = false) {
      await enter(isPatient);
      let isHeld = true;
      return {
        release() {
          if (!isHeld) return;
          isHeld = false;
          leave();
        },
      };
    },
  };
}
