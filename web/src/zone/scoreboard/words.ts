import { dictionary } from '../../kit/words';
import en from './locale/en';
import zh from './locale/zh-CN';

/** What the scoreboard says. */
export const words = dictionary(zh, en);
