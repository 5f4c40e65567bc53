// @ts-check
/** Says the form for one photo in the language of the browser. It works as well without. */

import { fillWords } from './words.js';

fillWords(document);
