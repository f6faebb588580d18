// The unit of all measurements on the interpreter: `pjTurn()` gives the microseconds of one turn of an empty loop, whose
// text lies in memory as what is typed at a prompt does.

const TURNS = 2000;

export const TURN = `function pjTurn(){var i=0,t=getTime();while(i<${TURNS})i++;return (getTime()-t)*1e6/${TURNS};}`;
