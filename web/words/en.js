// @ts-check
/**
 * English: every sentence that the pages say. The other languages have the same shape.
 *
 * It knows no state: status.js decides which sentence is true, this file only says it. `what` tells what is, `todo`
 * what the reader can do about it.
 */

import { because, numbersOf, sentence } from './saying.js';

/** @typedef {import('./saying.js').Sentence} Sentence */

const { count, number, percent, size } = numbersOf('en');

export const en = {
  language: 'en',
  /** As its speakers call it. */
  name: 'English',

  /** Texts that stand in the HTML files; `data-words` names the key. */
  page: {
    brand: 'Framekeep',
    nameLabel: 'Your name',
    nameHint: 'The kept frames go into a folder of this name.',
    promise:
      'This phone’s pictures go to the computer whose code you scanned, and nowhere else. It keeps those in which something moves.',
    stepOpen: 'Open Framekeep on the computer.',
    stepScan: 'Point this phone’s camera app at the code on its screen.',
    stepTap: 'Tap the link that appears.',
    myFrames: 'My frames',
    rate: 'Rate',
    sent: 'sent',
    motion: 'with motion',
    kept: 'kept',
    livePicture: 'Live picture',
    backToCamera: 'Camera',
    emptyTitle: 'No frames kept yet',
    emptyText: 'Start the camera and move something in front of it. What moves is kept and appears here by itself.',
    emptyLink: 'Go to the camera',
    notPairedTitle: 'Scan the code first',
    notPairedText:
      'This browser is not paired. Open Framekeep on the computer and scan the code on its screen with this phone’s camera app.',
    namelessTitle: 'Your name first',
    namelessText: 'Go to the camera, type your name and press Start camera. What is kept under it appears here.',
    language: 'Language',
    framesTitle: 'My frames · Framekeep',
    watchTitle: 'All cameras · Framekeep',
    photoTitle: 'Send a photo · Framekeep',
    photo: 'Send a photo',
    photoText:
      'It goes through the same motion detector as a live camera, on the computer whose code you scanned, and into the folder of your name. Nothing else on this page is needed, not even JavaScript.',
    photoNameHint: 'Leave it empty to send under the name that this phone has.',
    photoField: 'Photo',
    photoSend: 'Send photo',
    photoCamera: 'Use the live camera instead',
    close: 'Close',
    earlier: 'Earlier frame',
    later: 'Later frame',
    download: 'Download',
    remove: 'Delete',
    undo: 'Undo',
    allCameras: 'All cameras',
    keptFrames: 'Kept frames',
    filmHere: 'Film with this device',
    trustOnce: 'Trust this computer once, and no warning comes again',
    play: 'Play',
    withSound: 'With sound',
    recordingVideo: 'Recording video',
    peak: 'Peak',
  },

  buttons: {
    start: 'Start camera',
    stop: 'Stop camera',
    record: 'Record video',
    stopRecording: 'Stop recording',
    frontInUse: 'Front camera in use, switch to back camera',
    backInUse: 'Back camera in use, switch to front camera',
    front: 'Front camera',
    back: 'Back camera',
    /** @param {number} n */
    newFrames: (n) => count(n, 'new frame', 'new frames'),
    /** @param {string} span */
    playEvent: (span) => `Play the frames of ${span}`,
    /** @param {string} span */
    downloadEvent: (span) => `Save the frames of ${span} as one file`,
    /** @param {string} span */
    deleteEvent: (span) => `Remove the frames of ${span}`,
    /** @param {string} span */
    filmEvent: (span) => `Make a film of the frames of ${span}`,
    filmDay: 'Film of the day',
    downloadAll: 'Save all',
    play: 'Play',
    pause: 'Pause',
    /** @param {string} when @param {boolean} peak */
    open: (when, peak) => `Open the frame of ${when}${peak ? ', peak of its event' : ''}`,
  },

  /** The sign that the filmed see. */
  sign: { filming: 'Recording', off: 'Not filming', paused: 'Paused' },

  /** The words of the states, the same as in the window. */
  states: { motion: 'Motion', still: 'Still', blind: 'Blind', problem: 'Problem', idle: 'Ready' },

  rates: {
    /** @param {number} intervalMs */
    name: (intervalMs) =>
      intervalMs > 1000 ? `1 in ${Math.round(intervalMs / 1000)} s` : `${Math.round(1000 / intervalMs)} a second`,
  },

  /** @type {Record<string, (...args: any[]) => Sentence>} */
  status: {
    asking: () => ({ what: 'Asking the computer who this phone is …' }),
    ready: () => ({ what: 'Ready.', todo: 'Press Start camera.' }),
    readyNameless: () => ({ what: 'Ready.', todo: 'Type your name and press Start camera.' }),
    starting: () => ({ what: 'Opening the camera …', todo: 'Allow it if the phone asks.' }),
    claiming: () => ({ what: 'Telling the computer your name …' }),
    firstFrame: () => ({ what: 'The camera is on. Sending the first frame …' }),
    motion: () => ({ what: 'Motion: something moves.' }),
    still: () => ({ what: 'Still: nothing moves.' }),
    warming_up: () => ({ what: 'Still: learning what the background looks like.' }),
    too_small: () => ({ what: 'Still: what moves is too small.' }),
    too_large: () => ({ what: 'Still: the whole picture changed.', todo: 'Lay the phone where it does not move.' }),
    light_changed: () => ({ what: 'Still: the light changed.' }),
    camera_moved: () => ({ what: 'Still: the camera moved.', todo: 'Lay the phone where it does not move.' }),
    outside_zones: () => ({ what: 'Still: it moves outside the watched zones.' }),
    not_long_enough: () => ({ what: 'Still: something began to move.' }),
    stopped: () => ({ what: 'Stopped. Nothing is filmed or sent.' }),

    insecure: () => ({
      what: 'This page cannot reach a camera.',
      todo: 'Open its https address in Safari or Chrome, or send single photos.',
      link: { text: 'Send a photo', href: '/upload' },
    }),
    unpaired: () => ({
      what: 'This phone is not paired.',
      todo: 'Scan the code on the computer’s screen with the camera app.',
    }),
    revoked: () => ({
      what: 'The operator has removed this phone.',
      todo: 'To go on, scan the code on the computer’s screen again.',
    }),
    hidden: () => ({
      what: 'Paused: this page is in the background.',
      todo: 'Keep it open and the screen on to go on filming.',
    }),
    gone: () => ({
      what: 'The computer does not answer. Trying again …',
      todo: 'Check that Framekeep runs and that this phone is in the same Wi-Fi. Frames of this time wait on this phone.',
    }),
    noNetwork: () => ({
      what: 'This phone has no network.',
      todo: 'Join the Wi-Fi of the computer. Frames of this time wait on this phone.',
    }),
    back: () => ({ what: 'The computer is back. Going on.' }),
    /** @param {string} message */
    failing: (message) => ({
      what: sentence(message || 'the computer answered with an error'),
      todo: 'Trying again by itself. Tell the operator if it stays.',
    }),

    denied: () => ({
      what: 'The camera is not allowed for this page.',
      todo: 'Allow the camera in the browser’s settings for this page (the sign left of the address), then press Start camera.',
    }),
    missing: () => ({
      what: 'This device has no camera.',
      todo: 'Plug one in, or send single photos.',
      link: { text: 'Send a photo', href: '/upload' },
    }),
    busy: () => ({ what: 'Another app uses the camera.', todo: 'Close that app, then press Start camera.' }),
    /** @param {string} reason */
    failed: (reason) => ({
      what: sentence(`The camera did not start${reason ? `: ${reason}` : ''}`),
      todo: 'Press Start camera again. If it stays, close other apps that use the camera.',
    }),
    taken: () => ({
      what: 'The camera was taken away: another app took it, or it was unplugged.',
      todo: 'Close the other app and press Start camera.',
    }),
    takenRetrying: () => ({
      what: 'The camera was taken away: another app took it, or it was unplugged.',
      todo: 'Close the other app. The page tries again by itself until you press Stop camera.',
    }),
    muted: () => ({
      what: 'The phone has paused the camera, perhaps for a call.',
      todo: 'It goes on by itself when the camera is free.',
    }),
    stalled: () => ({
      what: 'The camera gives no pictures.',
      todo: 'If it stays so, press Stop camera and Start camera.',
    }),

    /** @param {string} name */
    asked: (name) => ({
      what: `The name ${name} is in use. Waiting for the operator’s yes …`,
      todo: 'Say yes in the window on the computer, or type another name.',
    }),
    /** @param {string} name */
    granted: (name) => ({ what: `The operator said yes: you are ${name}.`, todo: 'Press Start camera.' }),
    /** @param {string} name */
    refused: (name) => ({ what: `The operator did not give you the name ${name}.`, todo: 'Type another name.' }),
    /** @param {string} message @param {string} todo */
    badName: (message, todo) => ({
      what: sentence(message || 'that name cannot be used'),
      todo: sentence(todo || 'type another name'),
    }),
    /** @param {string} message @param {string} todo */
    nameFailed: (message, todo) => ({
      what: sentence(`Your name did not reach the computer: ${message || 'it answered with an error'}`),
      todo: sentence(todo || 'press Start camera again'),
    }),
    nameLost: () => ({ what: 'This phone has no name any more.', todo: 'Type your name and press Start camera.' }),
    nameMissing: () => ({ what: 'Your name is missing.', todo: 'Type it and press Start camera.' }),

    /** @param {string} message @param {string} todo */
    notSaved: (message, todo) => ({
      what: sentence(`Frames are not kept: ${message || 'the computer could not save them'}`),
      todo: sentence(todo || 'tell the operator; filming goes on and keeping resumes by itself'),
    }),
    /** @param {number} seconds */
    overload: (seconds) => ({
      what: `The computer is busy. Sending again in ${count(seconds, 'second', 'seconds')}.`,
      todo: 'A lower rate helps.',
    }),
    /** @param {string} message @param {string} todo */
    frameRefused: (message, todo) => ({
      what: sentence(`The computer refused a frame${message ? `: ${message}` : ''}`),
      todo: sentence(todo || 'filming goes on; if it stays so, press Stop camera and Start camera'),
    }),
    /** @param {string} what @param {string} todo */
    problem: (what, todo) => ({ what: sentence(what), todo: todo ? sentence(todo) : undefined }),
  },

  number,
  size,
  percent,

  notes: {
    /** @param {number} n */
    skipped: (n) => `The network is slow: ${count(n, 'frame', 'frames')} skipped for newer ones.`,
    /** @param {number} n @param {number} bytes @param {number} cap */
    waiting: (n, bytes, cap) =>
      `${count(n, 'frame waits', 'frames wait')} on this phone to be sent: ${size(bytes)} of at most ${size(cap)}. Beyond that the oldest go.`,
    /** @param {number} n */
    dropped: (n) =>
      `This phone had no room for ${count(n, 'frame', 'frames')} any more while the computer was away: the oldest went.`,
    /** @param {number} n */
    refused: (n) =>
      `${count(n, 'frame', 'frames')} could not be kept: the computer refused to take them, or this browser lost them.`,
    noWakeLock: 'This browser cannot keep the screen on. Set the phone not to lock by itself.',
  },

  /** What every second of today was. The reasons have the names that the computer gives them. */
  ledger: {
    /** @param {string[]} parts */
    today: (parts) => `Today: ${parts.join(', ')}.`,
    /** @param {string} time */
    watched: (time) => `watched ${time}`,
    /** @param {string} time */
    recorded: (time) => `recorded ${time}`,
    /** @param {string} time @param {string[]} reasons */
    blind: (time, reasons) => `blind ${time} (${reasons.join(', ')})`,
    /** @param {string} reason @param {string} time */
    part: (reason, time) => `${reason} ${time}`,
    others: 'others',
    /** @param {number} n */
    hours: (n) => `${n} h`,
    /** @param {number} n */
    minutes: (n) => `${n} min`,
    /** @param {number} n */
    seconds: (n) => `${n} s`,
    reasons: {
      stopped: 'stopped',
      starting: 'starting',
      not_found: 'no camera',
      only_others: 'no camera',
      unplugged: 'unplugged',
      busy: 'camera in use',
      no_permission: 'no permission',
      stalled: 'no pictures',
      frozen: 'frozen picture',
      unsupported: 'unknown format',
      file: 'file ended',
      corrupt: 'damaged pictures',
      silent: 'silent',
      page_hidden: 'page hidden',
      taken: 'camera taken',
      muted: 'camera muted',
      left: 'stopped',
      other: 'fault',
      overloaded: 'computer busy',
      disk_full: 'disk full',
      not_kept: 'not written',
      not_running: 'Framekeep not running',
      offline: 'offline',
      battery: 'battery empty',
      computer_asleep: 'computer asleep',
    },
  },

  record: {
    /** @param {string} waiting @param {string} cap */
    waits: (waiting, cap) => `${waiting} wait to be sent; at most ${cap}.`,
    /** @param {string} cap */
    full: (cap) => `Recording stopped, because ${cap} wait to be sent. What was recorded stays and is sent.`,
    /** The browser itself has no more room. */
    noRoom: 'Recording stopped, because this browser has no more room. What was recorded is sent; keep this page open.',
    notLasting: 'This browser keeps nothing: what waits is lost when this page is closed.',
    sent: 'The recording is on the computer.',
    soundRefused: 'Recording without sound: the microphone is not allowed for this page.',
    soundMissing: 'Recording without sound: no microphone can be used.',
    empty: 'This browser gave no video: nothing was recorded.',
    impossible: 'This browser cannot record this camera.',
    deleted: 'The recording was deleted on the computer.',
    incomplete: 'A part of the recording is missing. What is there was kept.',
    /** @param {string} name */
    otherName: (name) => `A recording of ${name} waits. It is sent when this phone has that name again.`,
    /** @param {string} why */
    refused: (why) => `The computer refused the recording. ${why}`,
    /** @param {string} why */
    held: (why) => `The recording waits on this phone. ${why}`,
  },

  videos: {
    title: 'Recordings',
    /** @param {number} n @param {string} size */
    usage: (n, size) => `${count(n, 'recording', 'recordings')} · ${size}`,
    coming: 'still coming',
    incomplete: 'not whole',
    unplayable: 'This browser cannot play this video. Download it to play it elsewhere.',
    /** @param {string} when */
    play: (when) => `Play the recording of ${when}`,
    /** @param {string} when */
    download: (when) => `Download the recording of ${when}`,
    /** @param {string} when */
    remove: (when) => `Delete the recording of ${when}`,
    deleted: 'Recording deleted.',
    restored: 'Recording restored.',
    /** @param {string} why */
    notDeleted: (why) => `The recording was not deleted. ${why}`,
    /** @param {string} why */
    notRestored: (why) => `The recording could not be brought back. ${why}`,
    more: 'Earlier recordings',
    timeline: 'Timeline of the recording',
    /** @param {string} at */
    movesAt: (at) => `Something moves at ${at}`,
    missing: {
      /** @param {string} has @param {string} told */
      time: (has, told) => `Its end is missing: ${has} of ${told} could be saved.`,
      /** @param {string} from @param {string} to */
      gap: (from, to) => `There is no picture from ${from} to ${to}.`,
      /** @param {number} n */
      frames: (n) => `${count(n, 'frame is', 'frames are')} damaged and missing.`,
      sound: 'Its sound could not be saved.',
      /** @param {number} n */
      tracks: (n) => `${count(n, 'more picture or sound is', 'more pictures or sounds are')} only in the file as it came.`,
      motion: 'Motion could not be looked for everywhere in it.',
      damaged: 'Some of it is damaged.',
    },
  },

  films: {
    title: 'Films',
    timelapse: 'Time-lapse',
    selection: 'Picked frames',
    masked: 'What the detector sees',
    drawn: 'Annotated event',
    mask: 'Film of what the detector sees',
    /** @param {string} name */
    play: (name) => `Play: ${name}`,
    /** @param {string} name */
    download: (name) => `Download: ${name}`,
    /** @param {string} name */
    remove: (name) => `Delete: ${name}`,
    ordered: 'The film is being made. It appears under Films.',
    made: 'The film is ready.',
    /** @param {string} why */
    notOrdered: (why) => `The film was not ordered. ${why}`,
    deleted: 'Film deleted.',
    restored: 'Film restored.',
    /** @param {string} why */
    notDeleted: (why) => `The film was not deleted. ${why}`,
    /** @param {string} why */
    notRestored: (why) => `The film could not be brought back. ${why}`,
    more: 'Earlier films',
  },

  gallery: {
    title: 'My frames',
    today: 'Today',
    yesterday: 'Yesterday',
    /** @param {number} n @param {string} size */
    usage: (n, size) => `${count(n, 'frame', 'frames')} · ${size}`,
    /** @param {string} span @param {number} n */
    event: (span, n) => `${span} · ${count(n, 'frame', 'frames')}`,
    /** @param {number} n */
    deleted: (n) => (n === 1 ? 'Frame deleted.' : `${count(n, 'frame', 'frames')} deleted.`),
    /** @param {number} n */
    restored: (n) => (n === 1 ? 'Frame restored.' : `${count(n, 'frame', 'frames')} restored.`),
    /** @param {string} why */
    notDeleted: (why) => `Not deleted. ${why}`,
    tooLate: 'They were deleted more than ten minutes ago.',
    /** @param {number} n @param {string} why */
    notRestored: (n, why) => `${n === 1 ? 'The frame' : 'Some of the frames'} could not be brought back. ${why}`,
    loading: 'Loading …',
    loadFailed: 'The frames could not be loaded. Trying again …',
    gonePicture: 'This frame is no longer there.',
    /** @param {string} percent */
    score: (percent) => `${percent} moving`,
  },

  watch: {
    asking: 'Asking the computer …',
    noCameras: 'No camera is on yet. It appears here by itself.',
    noFrames: 'No frames kept yet.',
    notPaired: 'This browser is not paired, or the operator has removed it. Scan a code on the computer’s screen.',
    gone: 'The computer does not answer. Trying again …',
    /** @param {string} camera */
    live: (camera) => `Live picture of ${camera}`,
    /** @param {string} camera @param {string} when */
    frame: (camera, when) => `Frame of ${camera}, ${when}`,
  },

  because,

  errors: {
    unreachable: 'The computer does not answer.',
    unknown: 'The computer answered with an error.',
  },

  /**
   * What the computer says, by its codes (docs/api.md), and of its problems, by their kinds. It speaks English itself, and
   * more exactly than a code can, so that here is nothing: what is not found here is said in its words.
   */
  /** @type {Record<string, {what: string, todo: string}>} */
  server: {},
  /** @type {Record<string, {what: string, todo: string}>} */
  problems: {},
};
