// A feature opens a door by itself.
// expect: 'DoorPermit' initializer is inaccessible due to 'internal' protection level
import LatchkeyAccess

func forge(_ actor: Actor) -> Door { DoorPermit(door: .command, actor: actor).door }
