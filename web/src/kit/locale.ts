import en from './locale/en';
import zh from './locale/zh-CN';
import { dictionary, type Say, useWords } from './words';

/** What the shared parts say. */
export const kitWords = dictionary(zh, en);

/** A key of the shared dictionary. */
export type KitKey = keyof typeof zh;

/** The sayer of the shared dictionary. */
export function useKit(): Say<KitKey> {
  return useWords(kitWords);
}
