// The part of boards with a voice module; held for as long as they run.
export { startVoice as default } from '../voice/voice.ts';
