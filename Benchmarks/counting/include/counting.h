#ifndef COUNTING_H
#define COUNTING_H

/* How often something was allocated in this process. */
unsigned long counting_allocations(void);

#endif
