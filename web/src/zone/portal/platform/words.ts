import { dictionary } from '../../../kit/words';
import en from './locale/en';
import zh from './locale/zh-CN';

/** What the home page of a platform says of the contexts above it. */
export const words = dictionary(zh, en);
